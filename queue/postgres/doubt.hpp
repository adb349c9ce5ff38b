// A transaction of which it is not known whether it was written, because the connection ended
// before its answer came, and how that is found out.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "queue/postgres/connection.hpp"
#include "queue/postgres/options.hpp"
#include "queue/postgres/requests.hpp"
#include "queue/postgres/transaction.hpp"

namespace kurir::queue::postgres {

struct doubt {
    std::string batch;                            // its name (batches.hpp)
    std::chrono::steady_clock::time_point since;  // nothing was written
    requests work;                                // empty once everybody was answered
    verdicts outcome;                             // if it was written
    // Whose clients were refused meanwhile. None of them has names: who has given a name asks by it
    // before giving the message again, and is told that it was given.
    std::vector<message_id> refused;
};

class resolver {
public:
    // `name` gives numbers to new entries. All must outlive it.
    resolver(
        connection& database,
        const claimant& self,
        const options& settings,
        const std::function<std::uint64_t()>& name
    )
        : database_(database), self_(self), settings_(settings), name_(name) {}

    // Whether it was written; if it was not, it never will be. If it was, messages whose clients
    // were refused are erased, and `open.outcome` announces what this owner still has.
    answer<bool> resolve(doubt& open);

private:
    answer<bool> was_written(const doubt& open);
    answer<void> erase_refused(const doubt& open);
    answer<void> announce_claimed(doubt& open);

    connection& database_;
    const claimant& self_;
    const options& settings_;
    const std::function<std::uint64_t()>& name_;
};

}  // namespace kurir::queue::postgres
