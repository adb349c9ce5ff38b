// The requests to the writer, and how many of them make a batch.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "queue/progress.hpp"
#include "queue/write_requests.hpp"

namespace kurir::queue::postgres {

// A part of an operator's removal.
struct remove_request {
    using outcome = removal_outcome;

    std::vector<entry_removal> items;
    // The text of its event record.
    std::function<std::string(const store_totals& removed)> describe;
    std::function<void(result<outcome>)> done;
};

// As in queue/write_requests.hpp.
inline std::size_t weight(const remove_request&) {
    return 0;
}

struct requests : write_requests {
    std::vector<remove_request> removals;

    bool empty() const { return write_requests::empty() && removals.empty(); }
    std::size_t count() const {
        return appends.size() + commits.size() + settlements.size() + discards.size() +
               removals.size();
    }
    // Else nobody relies on them before their message is committed.
    bool are_durable() const { return appends.size() + discards.size() < count(); }

    using write_requests::add;
    void add(remove_request&& request) { removals.push_back(std::move(request)); }

    void take(requests& others) {
        write_requests::take(others);
        move_behind(removals, others.removals);
    }
};

// The front of what waits, within the limits of a batch.
requests take_batch(requests& waiting, const batch_limits& limits);
// A single one; `waiting` is not empty.
requests take_one(requests& waiting);

// Completes all of them with this reason, and forgets them.
void refuse(requests& late, errc reason);

}  // namespace kurir::queue::postgres
