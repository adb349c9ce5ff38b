// The requests to the committer, and the queue in which they wait.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <iterator>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "queue/progress.hpp"
#include "queue/rocks/database.hpp"
#include "queue/store.hpp"

namespace kurir::queue {

struct append_request {
    message_id id;
    std::uint32_t index = 0;
    std::string bytes;
    completion_queue* home = nullptr;
    completion<void> done;
};

struct commit_request {
    submission message;
    completion_queue* home = nullptr;
    completion<void> done;
};

struct settle_request {
    settlement end;
    completion_queue* home = nullptr;
    completion<void> done;
    bool again = false;  // was in a batch that failed
};

struct discard_request {
    message_id id;
    std::uint32_t chunks = 0;
};

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
    // Its result.
    struct outcome {
        store_totals removed;
        std::vector<removal> changes;
    };
    std::vector<entry_removal> items;
    time_point event_time{};
    std::uint64_t event_number = 0;  // the same for all parts: the last one has the sum
    std::function<std::string(const store_totals& removed)> describe;  // the event's text
    std::function<void(result<outcome>)> done;                         // on the committer's thread
};

// Bytes that a request adds to a batch, without a small constant.
inline std::size_t weight(const append_request& request) {
    return request.bytes.size();
}
inline std::size_t weight(const commit_request& request) {
    return request.message.last_chunk.size();
}
inline std::size_t weight(const settle_request& request) {
    return request.end.bounce ? request.end.bounce->last_chunk.size() : 0;
}
inline std::size_t weight(const discard_request&) {
    return 0;
}
inline std::size_t weight(const quarantine_request&) {
    return 0;
}
inline std::size_t weight(const remove_request&) {
    return 0;
}

// Appends the requests of `from` to `to`.
template <class Request>
void move_behind(std::vector<Request>& to, std::vector<Request>& from) {
    if (to.empty()) {
        std::swap(to, from);
        return;
    }
    to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
    from.clear();
}

// One vector for each kind.
struct requests {
    std::vector<append_request> appends;
    std::vector<commit_request> commits;
    std::vector<settle_request> settlements;
    std::vector<discard_request> discards;
    std::vector<quarantine_request> quarantines;
    std::vector<remove_request> removals;

    bool empty() const {
        return appends.empty() && commits.empty() && settlements.empty() && discards.empty() &&
               quarantines.empty() && removals.empty();
    }

    // True if a session waits for one of these; nobody waits for the other kinds.
    bool has_client_waiting() const { return !appends.empty() || !commits.empty(); }

    void add(append_request&& request) { appends.push_back(std::move(request)); }
    void add(commit_request&& request) { commits.push_back(std::move(request)); }
    void add(settle_request&& request) { settlements.push_back(std::move(request)); }
    void add(discard_request&& request) { discards.push_back(request); }
    void add(quarantine_request&& request) { quarantines.push_back(std::move(request)); }
    void add(remove_request&& request) { removals.push_back(std::move(request)); }

    void take(requests& others) {
        move_behind(appends, others.appends);
        move_behind(commits, others.commits);
        move_behind(settlements, others.settlements);
        move_behind(discards, others.discards);
        move_behind(quarantines, others.quarantines);
        move_behind(removals, others.removals);
    }
};

// The limits of one batch, so that it fits into memory and its sync takes milliseconds.
struct batch_limits {
    std::size_t requests_max = 2048;
    std::size_t bytes_max = 8ULL << 20;
};

// Takes as many from the front of `waiting` as fit, at least one.
template <class Request>
std::vector<Request> take_front(std::vector<Request>& waiting, const batch_limits& limits) {
    std::size_t bytes = 0;
    auto last = waiting.begin();
    while (last != waiting.end()) {
        bytes += weight(*last);
        const auto taken = static_cast<std::size_t>(last - waiting.begin());
        if (taken > 0 && (bytes > limits.bytes_max || taken >= limits.requests_max)) break;
        ++last;
    }
    if (last == waiting.end()) return std::exchange(waiting, {});
    std::vector<Request> front(
        std::make_move_iterator(waiting.begin()), std::make_move_iterator(last)
    );
    waiting.erase(waiting.begin(), last);
    return front;
}

// Collects completions, and passes those for the same home together (decision 5).
class outbox {
public:
    void add(completion_queue* home, completion<void> done, result<void> outcome) {
        std::size_t at = 0;
        while (at < homes_.size() && homes_[at].first != home)
            ++at;
        if (at == homes_.size()) homes_.emplace_back(home, std::vector<std::function<void()>>());
        homes_[at].second.emplace_back([done = std::move(done), outcome] { done(outcome); });
    }

    void post() {
        for (auto& [home, completions] : homes_)
            home->post(std::move(completions));
        homes_.clear();
    }

private:
    std::vector<std::pair<completion_queue*, std::vector<std::function<void()>>>> homes_;
};

}  // namespace kurir::queue
