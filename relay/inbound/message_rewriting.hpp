// What rules of rewriting change in one message, from MAIL until it is stored.
#pragma once

#include <boost/asio/ip/address.hpp>

#include <optional>

#include "relay/config/config.hpp"
#include "relay/facts/reception.hpp"
#include "relay/message/intake.hpp"
#include "relay/rewrite/header.hpp"
#include "relay/rewrite/submission.hpp"
#include "relay/smtp/server_transaction.hpp"

namespace kurir::inbound {

class message_rewriting {
public:
    // `config` must outlive this. `envelope` and `origin` are as the client and the session have
    // given them; `client` is the client's address, if it is known.
    message_rewriting(
        const config::config& config,
        const smtp::server_transaction& envelope,
        const message::intake_origin& origin,
        std::optional<boost::asio::ip::address> client
    );
    message_rewriting(const message_rewriting&) = delete;
    message_rewriting& operator=(const message_rewriting&) = delete;

    // Changes the envelope, and has the header changed when the message comes: this must outlive
    // its intake.
    void change(smtp::server_transaction& envelope, message::intake_origin& origin);

    // What was changed, as far as the message has come.
    const facts::rewriting& told() const noexcept { return told_; }

private:
    std::vector<message::header_change> change_header(
        std::string_view text, const message::header_facts& header
    );

    const config::config& config_;
    const rewrite::submission message_;
    facts::rewriting told_;
};

}  // namespace kurir::inbound
