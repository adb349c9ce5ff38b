// The two things an application does with a relay: hand it a message, and read its metrics.
#pragma once

#include <cstdint>
#include <string>

namespace kurir::demo {

// Submits one short message on loopback; returns the reply to its end, or to what was refused.
std::string submit(
    std::uint16_t port,
    const std::string& sender,
    const std::string& recipient,
    const std::string& subject
);

// The whole HTTP answer to GET on loopback; empty when nobody answers.
std::string fetch(std::uint16_t port, const std::string& path);

}  // namespace kurir::demo
