// The requests to the committer, and the queue in which they wait.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "queue/progress.hpp"
#include "queue/rocks/database.hpp"
#include "queue/store.hpp"
#include "queue/write_requests.hpp"

namespace kurir::queue {

// A record that did not decode, or all records of a message that can't be read.
struct quarantine_request {
    std::string reason;
    message_id id;
    std::string entry;  // key of a record of `schedule`; empty: the message
    // For such a record: recipients in other entries. The remaining ones get new entries.
    std::set<std::uint32_t> elsewhere = {};
    bool rebuild = true;   // false: no recipient gets a new entry
    bool missing = false;  // the record does not exist, but it should
};

// A part of an operator's removal: entries, and which of their recipients to remove.
struct remove_request {
    using outcome = removal_outcome;

    std::vector<entry_removal> items;
    time_point event_time{};
    std::uint64_t event_number = 0;  // the same for all parts: the last one has the sum
    std::function<std::string(const store_totals& removed)> describe;  // the event's text
    std::function<void(result<outcome>)> done;                         // on the committer's thread
};

// Which messages were committed with these names. The committer knows what of it is durable.
struct name_request {
    std::vector<std::string> names;
    completion_queue* home = nullptr;
    completion<named_messages> done;
    result<named_messages> found = errc::failed;
};

// As in queue/write_requests.hpp.
inline std::size_t weight(const quarantine_request&) {
    return 0;
}
inline std::size_t weight(const remove_request&) {
    return 0;
}

struct requests : write_requests {
    std::vector<quarantine_request> quarantines;
    std::vector<remove_request> removals;
    std::vector<name_request> lookups;

    bool empty() const {
        return write_requests::empty() && quarantines.empty() && removals.empty() &&
               lookups.empty();
    }
    bool has_client_waiting() const {
        return write_requests::has_client_waiting() || !lookups.empty();
    }

    using write_requests::add;
    void add(quarantine_request&& request) { quarantines.push_back(std::move(request)); }
    void add(remove_request&& request) { removals.push_back(std::move(request)); }
    void add(name_request&& request) { lookups.push_back(std::move(request)); }

    void take(requests& others) {
        write_requests::take(others);
        move_behind(quarantines, others.quarantines);
        move_behind(removals, others.removals);
        move_behind(lookups, others.lookups);
    }
};

}  // namespace kurir::queue
