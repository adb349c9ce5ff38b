// How long a client waits for each step (RFC 5321 section 4.5.3.2), for the commands of a
// transaction together, and for the body of its message. Pure.
#pragma once

#include <chrono>
#include <cstdint>

#include "relay/smtp/transaction.hpp"

namespace kurir::outbound {

struct client_timeouts {
    std::chrono::milliseconds greeting;
    std::chrono::milliseconds command;
    std::chrono::milliseconds data;
    std::chrono::milliseconds block;
    std::chrono::milliseconds final_reply;
    std::chrono::milliseconds quit;

    // For the reply of this stage.
    std::chrono::milliseconds reply(smtp::client_stage stage) const;

    // For all commands of a transaction, and for a message of `size` bytes with its last reply. So
    // a server that answers each step just in time does not hold a connection for days.
    std::chrono::milliseconds commands() const;
    std::chrono::milliseconds body(std::uint64_t size) const;
};

}  // namespace kurir::outbound
