// One connection to the sink: the least of a server that a relay can be sure of.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/bench/connection.hpp"
#include "tests/bench/ledger.hpp"
#include "tests/bench/poller.hpp"

namespace kurir::bench {

class sink_session final : public readable {
public:
    // `on_end` destroys the session; it is called once, as the last act. STARTTLS is offered if
    // there is a `tls`, which must outlive the session.
    sink_session(int socket, ledger& results, const tls_context* tls, std::function<void()> on_end);

    int socket() const { return connection_.socket(); }

    void on_readable() override;

private:
    // Each is false when the session is over.
    bool on_input();
    bool on_handshake(connection::handshake state);

    // Each consumes what it can from the input; false: more input is needed.
    bool take_command();
    bool take_content();

    void answer(std::string_view line);
    std::string_view rest() const { return {input_.data() + taken_, filled_ - taken_}; }
    void make_room();
    void end();

    connection connection_;
    ledger& results_;
    const tls_context* tls_;
    std::function<void()> on_end_;
    bool in_content_ = false;
    bool quit_ = false;
    bool begins_tls_ = false;  // after the reply
    bool shakes_hands_ = false;
    std::vector<char> input_;  // grows to the largest message, never shrinks
    std::size_t taken_ = 0;
    std::size_t filled_ = 0;
    std::size_t searched_ = 0;  // of rest(): no final dot begins before this
    std::string replies_;
};

}  // namespace kurir::bench
