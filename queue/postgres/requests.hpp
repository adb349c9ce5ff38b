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
    struct outcome {
        store_totals removed;
        std::vector<removal> changes;
    };
    std::vector<entry_removal> items;
    bool as_never_given = false;  // their names go, too
    // The text of its event record.
    std::function<std::string(const store_totals& removed)> describe;
    std::function<void(result<outcome>)> done;
};

// As in queue/write_requests.hpp.
inline std::size_t weight(const remove_request&) {
    return 0;
}

struct requests {
    std::vector<append_request> appends;
    std::vector<commit_request> commits;
    std::vector<settle_request> settlements;
    std::vector<discard_request> discards;
    std::vector<remove_request> removals;

    bool empty() const {
        return appends.empty() && commits.empty() && settlements.empty() && discards.empty() &&
               removals.empty();
    }
    std::size_t count() const {
        return appends.size() + commits.size() + settlements.size() + discards.size() +
               removals.size();
    }
    void add(append_request&& request) { appends.push_back(std::move(request)); }
    void add(commit_request&& request) { commits.push_back(std::move(request)); }
    void add(settle_request&& request) { settlements.push_back(std::move(request)); }
    void add(discard_request&& request) { discards.push_back(request); }
    void add(remove_request&& request) { removals.push_back(std::move(request)); }
    void take(requests& others) {
        move_behind(appends, others.appends);
        move_behind(commits, others.commits);
        move_behind(settlements, others.settlements);
        move_behind(discards, others.discards);
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
