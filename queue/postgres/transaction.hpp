// Requests that are written in one transaction, and what became of them.
//
// A transaction takes one round trip, or two if it must first read what its requests are about:
// settlements, removals, and messages whose bodies came in several chunks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "queue/postgres/changes.hpp"
#include "queue/postgres/ledger.hpp"
#include "queue/postgres/options.hpp"
#include "queue/postgres/requests.hpp"

namespace kurir::queue::postgres {

// What a transaction found out, in the order of the requests.
struct verdicts {
    std::vector<result<void>> commits;
    std::vector<result<void>> settlements;
    std::vector<remove_request::outcome> removals;
    std::vector<delivery> fresh;      // new entries with their names
    std::vector<delivery> announced;  // of these: those that are due, and so claimed
    std::vector<message_id> gone;
    store_totals totals;  // of the whole queue, afterwards
};

// The name of a transaction (batches.hpp), and those of earlier ones whose rows it takes away.
struct batch_names {
    std::string own;
    std::vector<std::string> earlier;
};

// Writes the requests in one transaction.
// The requests stay as they are. After `trouble::disconnected` it is not known whether they were
// written, and `out.fresh` says what to look for; after any other error nothing was.
class transaction {
public:
    // `name` gives numbers to new entries. All must outlive it.
    transaction(
        connection& database,
        const claimant& writer,
        const options& settings,
        const std::function<std::uint64_t()>& name
    )
        : database_(database), writer_(writer), settings_(settings), name_(name) {}

    answer<void> write(const requests& work, const batch_names& names, verdicts& out);

private:
    // Which answer of the first round trip has what; zero: it was not asked.
    struct places {
        std::size_t arrived = 0;
        std::size_t entries = 0;
        std::size_t entries_of = 0;
        std::size_t settled = 0;
        std::size_t messages = 0;
        std::size_t marks = 0;
        std::size_t names = 0;
    };

    void begin(const requests& work, const batch_names& names);
    void put_chunks(const requests& work);
    bool ask(const requests& work, places& at);
    void note(const places& at, const std::vector<rows>& answers);
    void note_entries(const rows& found);
    bool is_whole(const submission& message) const;
    result<void> check(const submission& message) const;
    void apply(const requests& work, changes& written, verdicts& out);
    remove_request::outcome remove(const remove_request& order, changes& written);

    connection& database_;
    const claimant& writer_;
    const options& settings_;
    const std::function<std::uint64_t()>& name_;
    std::size_t statements_ = 0;  // added to this round trip
    ledger known_;
    std::map<message_id, std::uint64_t> arrived_;  // chunks of bodies that are arriving
    std::map<std::string, message_id> named_;      // whose names are that must be new
};

}  // namespace kurir::queue::postgres
