// The remote server of the benchmark: takes everything, checks it, and forgets it.
//
// ESMTP with PIPELINING, SIZE and 8BITMIME. Commands that arrive together are answered together.
// Runs on a thread of its own from construction to destruction.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <thread>
#include <unordered_map>

#include "tests/bench/connection.hpp"
#include "tests/bench/ledger.hpp"
#include "tests/bench/poller.hpp"

namespace kurir::bench {

class sink_session;

class load_sink final : private readable {
public:
    // Offers STARTTLS if there is a `tls`.
    load_sink(const endpoint& local, ledger& results, std::optional<tls_context> tls);
    ~load_sink() override;

    std::uint16_t port() const { return port_; }

    // Closes the listener and all sessions; the ledger is complete afterwards.
    void stop();

    // The number of connections that have been accepted; to be read after stop().
    std::uint64_t connections() const { return connections_; }

private:
    void run();
    void on_readable() override;  // a connection waits to be accepted

    connection listener_;
    std::uint16_t port_;
    ledger& results_;
    std::optional<tls_context> tls_;
    poller loop_;
    std::uint64_t connections_ = 0;
    std::unordered_map<int, std::unique_ptr<sink_session>> sessions_;
    std::atomic<bool> stopping_{false};
    std::thread thread_;  // last: it uses all of the above
};

}  // namespace kurir::bench
