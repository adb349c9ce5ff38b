// What was told of clients for long, and is not among what the database tells.
//
// Where a replica took over without the last words, or a backup was restored, all words that last
// are read again. What is known here and was not among them is told again (lasting_counts.hpp): so
// nodes that had not read it hear of it, also if the node that told it is gone.
//
// Pure: the caller supplies the clock reading.
#pragma once

#include <cstdint>
#include <set>
#include <string>

#include "relay/quota/told_accounts.hpp"

namespace kurir::quota {

class unread_counts {
public:
    // All words are read from the first on. `known`: what is counted here; `hours`: those that this
    // process has told.
    void begin(const told_accounts& known, std::set<std::int64_t> hours, time_point now);

    // One of the words says this: of recipients; of an hour that this process has told.
    void read(const told_accounts& told);
    void read_hour(std::int64_t hour) { left_.hours.erase(hour); }

    // The client has not sent to it, after all.
    void take_back(const std::string& name, period length, recipient_hash recipient);

    struct left {
        told_accounts recipients;
        std::set<std::int64_t> hours;
    };
    // All are read: what was in none of them. Nothing if none were to be read.
    left end();

private:
    // Null: there is none.
    distinct_count* find(const std::string& name, period length);

    left left_;
};

}  // namespace kurir::quota
