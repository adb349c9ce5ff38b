// The names of an owner's transactions. Each has a row in `written`, which says whether it took
// effect.
//
// A row is needed until its owner knows that, and the last one for as long as the owner lives: it
// tells whether another server has what was acknowledged. So each durable transaction takes the
// rows of earlier ones with it, and the table stays as small as the number of owners.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "queue/postgres/connection.hpp"

namespace kurir::queue::postgres {

class batches {
public:
    // 16 bytes that nobody else has.
    static std::string new_name();

    // Known to be written. `durable`: the server had it on disk before it answered.
    void written(const std::string& name, bool durable);

    // Those whose rows the next durable one takes away.
    const std::vector<std::string>& earlier() const noexcept { return earlier_; }

    // Whether the server has the last durable one, or it is not known any more. If it has not,
    // everything is forgotten. `doubtful`: batches that may have been written since, and have taken
    // the row of the last one away then.
    answer<bool> found_by(
        connection& database,
        const std::vector<std::string>& doubtful,
        std::chrono::milliseconds patience
    );

private:
    using time = std::chrono::steady_clock::time_point;

    std::vector<std::string> earlier_;
    std::string last_;  // durable; empty: none
    time last_at_{};
};

}  // namespace kurir::queue::postgres
