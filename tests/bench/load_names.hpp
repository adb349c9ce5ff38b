// The name server of the benchmark, for mail to many destinations: dN.bench.example has one
// exchange, mx.dN.bench.example, which has one IPv4 address of its own on loopback.
//
// Everything else exists and has no records. Answers over UDP, on a thread of its own from
// construction to destruction.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <thread>

#include "tests/bench/connection.hpp"
#include "tests/bench/poller.hpp"

namespace kurir::bench {

// The answer to one packet; empty if it is no question.
std::string name_answer(std::string_view packet);

// The address of destination `number`: 127.1.0.1 and so on.
std::array<std::uint8_t, 4> address_of_destination(std::uint32_t number);

class load_names final : private readable {
public:
    load_names();
    ~load_names() override;

    std::uint16_t port() const { return port_; }

private:
    void on_readable() override;

    connection socket_;
    std::uint16_t port_;
    poller loop_;
    std::array<char, 2048> packet_{};
    std::atomic<bool> stopping_{false};
    std::thread thread_;  // last: it uses all of the above
};

}  // namespace kurir::bench
