// What is told of a stored message, in logs and metrics. The message itself belongs to the store.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include "queue/message.hpp"
#include "relay/inbound/observations.hpp"
#include "relay/net/clock.hpp"

namespace kurir::inbound {

struct receipt {
    // When the end of data has come, before the message is handed over.
    receipt(const queue::submission& message, std::string unknown_priority_value)
        : id(message.mail.id.text()),
          from(message.mail.reverse_path),
          to(listed(message.mail.recipients)),
          message_id(message.mail.message_id_header),
          recipients(message.mail.recipients.size()),
          size(message.mail.size),
          priority(message.deliveries.front().priority),
          unknown_priority(std::move(unknown_priority_value)),
          long_lines(message.mail.needs.longest_line > long_line),
          ended(net::clock::now()) {}

    std::string id;
    std::string from;
    std::string to;
    std::string message_id;
    std::size_t recipients;
    std::uint64_t size;
    queue::priority priority;
    std::string unknown_priority;  // what the message asked for, if that is no class
    bool long_lines;
    net::clock::time_point ended;

private:
    static constexpr std::size_t long_line = 998;  // RFC 5321 4.5.3.1.6, without CRLF
};

}  // namespace kurir::inbound
