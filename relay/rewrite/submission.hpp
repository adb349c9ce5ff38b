// The message whose envelope and header are changed: what rules are asked about. Pure.
#pragma once

#include <boost/asio/ip/address.hpp>

#include <optional>
#include <string>
#include <vector>

#include "relay/config/conditions.hpp"
#include "relay/smtp/address.hpp"

namespace kurir::rewrite {

struct submission {
    smtp::path reverse_path;                // as the client gave it
    std::vector<smtp::mailbox> recipients;  // the same
    std::string credential = {};            // of the client; empty: none
    // Of the client, as permissions judge it; nothing: a proxy does not know it.
    std::optional<boost::asio::ip::address> client = {};
    std::string queue_id = {};
    std::string date = {};  // of its reception, as a header has it
};

// What rules with conditions are asked. The texts belong to the caller: `sender` is
// `reverse_path.text()`.
inline config::mail_query query_of(const submission& message, std::string_view sender) {
    return {.sender = sender, .credential = message.credential, .client = message.client};
}

}  // namespace kurir::rewrite
