// Submits messages one after the other: the next as soon as the last is answered, or as soon as the
// campaign's rate allows it.
//
// Keeps its connection, or makes a new one after so many messages. Speaks in lockstep, as most mail
// libraries do, or sends MAIL, RCPT and DATA together. A refused message is counted and the next
// one follows, over a new connection; a lost connection ends the client.
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
    struct limits {
        std::uint64_t messages = 0;
        std::chrono::duration<double> time{0};  // from the first on
        double rate = 0;                        // messages a second; 0: as fast as they are taken
    };

    campaign(ledger& results, limits most) : results_(results), most_(most) {}

    // The number of the next message; none when enough have been sent.
    std::optional<std::uint64_t> next();

    // False while the rate does not allow another message yet.
    bool due();

    ledger& results() const { return results_; }

    std::uint64_t refused = 0;
    std::uint64_t connections_lost = 0;
    std::string last_refusal;

private:
    std::chrono::duration<double> passed();

    ledger& results_;
    limits most_;
    std::optional<ledger::clock::time_point> begun_;  // when the first was asked for
    std::uint64_t next_ = 0;
};

class load_client final : public readable {
public:
    struct settings {
        std::size_t message_size = 4096;
        std::size_t recipients = 1;             // of each message, all in one domain
        std::size_t domains = 0;                // d0.bench.example and so on; 0: remote.example
        std::size_t messages_a_connection = 0;  // 0: the connection is kept
        bool pipelining = false;
        const tls_context* tls = nullptr;  // STARTTLS, and EHLO again
        std::string login;                 // the argument of AUTH PLAIN; empty: none
    };

    load_client(const poller& loop, const endpoint& server, campaign& work, settings chosen);

    bool finished() const { return step_ == step::finished; }

    // Sends the next message if the client only waited for its turn and it has come.
    void go_on();

    void on_readable() override;

private:
    // What the next reply answers.
    enum class step {
        greeting,
        ehlo,
        starttls,
        handshake,
        auth,
        waiting,
        mail,
        rcpt,
        data,
        content,
        quit,
        finished
    };

    void on_input();
    void on_reply(int code, std::string_view line);
    void on_ehlo();
    void on_handshake(connection::handshake state);
    void on_refusal(std::string_view line);
    void on_acknowledged();
    void begin_message();
    void write_recipient();
    void send_recipient();
    void send_content();
    void send(std::string_view bytes);
    void reconnect();
    void lose();

    const poller& loop_;
    const endpoint server_;
    connection connection_;
    campaign& work_;
    const settings chosen_;
    load_message message_;
    std::uint64_t number_ = 0;
    std::string domain_;
    std::string output_;
    step step_ = step::greeting;
    std::size_t recipients_ = 0;           // of this message that were sent
    std::size_t unanswered_ = 0;           // and not yet answered
    std::size_t messages_ = 0;             // over this connection
    std::uint64_t connection_number_ = 0;  // replies of one before are not read on
    std::size_t filled_ = 0;
    std::array<char, 4096> input_;
};

}  // namespace kurir::bench
