// What a remote server offers, read from its EHLO reply (RFC 5321 section 4.1.1.1).
#pragma once

#include <cstddef>
#include <cstdint>

#include "relay/smtp/reply.hpp"

namespace kurir::smtp {

struct peer {
    bool pipelining = false;     // RFC 2920
    bool eight_bit = false;      // 8BITMIME, RFC 6152
    bool smtputf8 = false;       // RFC 6531
    bool chunking = false;       // BDAT, RFC 3030
    bool dsn = false;            // RFC 3461
    bool size = false;           // SIZE, RFC 1870
    std::uint64_t size_max = 0;  // 0: not announced, or no limit

    // LIMITS, RFC 9422; 0: not announced. Of one connection, and of one transaction.
    std::size_t mail_max = 0;
    std::size_t rcpt_max = 0;

    bool operator==(const peer&) const = default;
};

// Unknown keywords and junk are ignored. The first line is the greeting and holds no keyword.
peer read_peer(const reply& ehlo);

}  // namespace kurir::smtp
