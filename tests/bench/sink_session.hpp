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
    // `on_end` destroys the session; it is called once, as the last act.
    sink_session(int socket, ledger& results, std::function<void()> on_end);

    int socket() const { return connection_.socket(); }

    void on_readable() override;

private:
    // Each consumes what it can from the input; false: more input is needed.
    bool take_command();
    bool take_content();

    void answer(std::string_view line);
    std::string_view rest() const { return {input_.data() + taken_, filled_ - taken_}; }
    void make_room();
    void end();

    connection connection_;
    ledger& results_;
    std::function<void()> on_end_;
    bool in_content_ = false;
    bool quit_ = false;
    std::vector<char> input_;  // grows to the largest message, never shrinks
    std::size_t taken_ = 0;
    std::size_t filled_ = 0;
    std::size_t searched_ = 0;  // of rest(): no final dot begins before this
    std::string replies_;
};

}  // namespace kurir::bench
