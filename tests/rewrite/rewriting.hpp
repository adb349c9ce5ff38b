// Settings of rewriting from their text, and headers that they change.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "relay/config/config.hpp"
#include "relay/rewrite/header.hpp"
#include "tests/support/catch.hpp"

namespace kurir::tests {

template <class Rules>
void read_into(Rules& rules, std::string_view text) {
    if (const auto wrong = Rules::read(text, rules)) throw std::invalid_argument(*wrong);
}

inline config::config with_senders(std::string_view map, std::string_view masquerade = "") {
    config::config config;
    config.hostname = "relay.example";
    if (const auto wrong = config::address_map::read_senders(map, config.sender_map)) {
        throw std::invalid_argument(*wrong);
    }
    read_into(config.masquerade_domains, masquerade);
    return config;
}

inline config::config with_headers(std::string_view rules) {
    auto config = with_senders("");
    read_into(config.headers, rules);
    return config;
}

inline config::config with_from(std::string_view rules) {
    auto config = with_senders("");
    read_into(config.force_from, rules);
    return config;
}

inline smtp::mailbox mailbox(std::string_view text) {
    auto read = smtp::parse_mailbox(text, true);
    REQUIRE(read);
    return std::move(*read.value);
}

inline rewrite::submission submission_from(std::string_view sender = "app@web1.example.com") {
    rewrite::submission message;
    if (!sender.empty()) message.reverse_path.address = mailbox(sender);
    message.recipients = {mailbox("jane@example.org")};
    message.credential = "billing";
    message.queue_id = "K1";
    message.date = "Fri, 27 Nov 2026 10:00:00 +0000";
    return message;
}

// The header section `text` as it is stored.
inline std::string changed(
    const config::config& config,
    std::string_view text,
    const rewrite::submission& message = submission_from()
) {
    message::header_scan scan;
    if (!scan.scan(text)) scan.finish(text);
    const auto result = rewrite::change_header(config, message, text, scan.facts());
    return message::changed_header(text, scan.facts(), result.changes);
}

}  // namespace kurir::tests
