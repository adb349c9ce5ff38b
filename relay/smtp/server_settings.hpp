// The configuration of the server's dialogue.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "relay/smtp/address.hpp"
#include "relay/smtp/body.hpp"

namespace kurir::smtp {

// The same for all sessions.
struct server_settings {
    std::string hostname;
    std::uint64_t message_size_max = 0;  // 0: no limit
    std::size_t recipients_max = 1000;
    std::size_t errors_max = 20;
    newline_policy bare_newline = newline_policy::normalize;
    std::optional<mailbox> postmaster;  // where <Postmaster> goes; none: refused
    std::string local_domain;           // completes addresses; empty: they are refused
};

}  // namespace kurir::smtp
