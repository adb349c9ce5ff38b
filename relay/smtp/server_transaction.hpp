// The envelope so far, from MAIL and RCPT.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "relay/smtp/address.hpp"

namespace kurir::smtp {

struct server_transaction {
    path reverse_path;
    std::vector<mailbox> recipients;
    std::size_t refused_recipients = 0;  // beyond the limit
    std::size_t bad_recipients = 0;
    std::uint64_t declared_size = 0;  // 0: not declared
    bool smtputf8 = false;
};

}  // namespace kurir::smtp
