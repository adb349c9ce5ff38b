// Submits messages over one connection that is kept: the next as soon as the last is answered.
//
// Speaks in lockstep, as most mail libraries do, or sends MAIL, RCPT and DATA together. A refused
// message is counted and the next one follows; a lost connection ends the client.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "tests/bench/connection.hpp"
#include "tests/bench/ledger.hpp"
#include "tests/bench/load_message.hpp"
#include "tests/bench/poller.hpp"

namespace kurir::bench {

// How much is to be sent, shared by all clients of a thread, and what went wrong.
class campaign {
public:
    campaign(ledger& results, std::uint64_t messages, ledger::clock::time_point until)
        : results_(results), messages_(messages), until_(until) {}

    // The number of the next message; none when enough have been sent.
    std::optional<std::uint64_t> next();

    ledger& results() const { return results_; }

    std::uint64_t refused = 0;
    std::uint64_t connections_lost = 0;
    std::string last_refusal;

private:
    ledger& results_;
    std::uint64_t messages_;
    ledger::clock::time_point until_;
    std::uint64_t next_ = 0;
};

class load_client final : public readable {
public:
    struct settings {
        std::size_t message_size = 4096;
        bool pipelining = false;
    };

    load_client(const poller& loop, const endpoint& server, campaign& work, settings how);

    bool finished() const { return step_ == step::finished; }

    void on_readable() override;

private:
    // What the next reply answers.
    enum class step { greeting, ehlo, mail, rcpt, data, content, rset, finished };

    void on_reply(int code, std::string_view line);
    void on_refusal(std::string_view line);
    void begin_message();
    void send_content();
    void send(std::string_view bytes);
    void lose();

    connection connection_;
    campaign& work_;
    settings how_;
    load_message message_;
    std::uint64_t number_ = 0;
    step step_ = step::greeting;
    int skipped_ = 0;  // replies to what was pipelined behind a refused command
    std::size_t filled_ = 0;
    std::array<char, 4096> input_;
};

}  // namespace kurir::bench
