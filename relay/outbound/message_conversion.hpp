// Converts a message for a host that does not take it as it is (relay/mime), and signs it again.
//
// The message is read from the store once to plan the conversion, once to measure and hash what
// comes out, and once more for each transaction: so a message of any size costs one chunk of
// memory.
#pragma once

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "relay/base/result.hpp"
#include "relay/mime/converter.hpp"
#include "relay/mime/plan.hpp"
#include "relay/outbound/body_reader.hpp"
#include "relay/outbound/bookkeeping.hpp"
#include "relay/outbound/verdict.hpp"
#include "relay/smtp/peer.hpp"

namespace kurir::outbound {

// What of `message` a host that offers `offers` needs converted; nothing if it may have it as it
// is. Header text that is not ASCII needs SMTPUTF8 (RFC 6532 section 3.2).
std::optional<mime::extent> needed_conversion(
    const queue::stored_message& message, const smtp::peer& offers
);

// A message for one kind of host.
struct converted_message {
    mime::conversion_plan plan = {};
    std::string signatures = {};  // in front of it; empty: there are none
    std::uint64_t size = 0;       // as it will be sent, with them
};

// A message as it is needs no conversion if `plan.needed` is false. Or the verdict of those it was
// for: it can't be converted, read or signed. `books` and `home` must outlive the call.
boost::asio::awaitable<base::result<converted_message, verdict>> convert_message(
    const bookkeeping& books,
    storage::home& home,
    std::shared_ptr<const queue::stored_message> message,
    mime::extent extent
);

// The bytes of a converted message, in order.
class converted_body final : public body_source {
public:
    // `stored` gives the message without its prefix; it and `message` must outlive this.
    converted_body(body_source& stored, const converted_message& message)
        : stored_(stored), converter_(message.plan), made_(message.signatures) {}

    boost::asio::awaitable<net::result<chunk>> next() override;

private:
    body_source& stored_;
    mime::converter converter_;
    std::string made_;  // the last result of `next`; before it, what comes first
    bool begun_ = false;
};

}  // namespace kurir::outbound
