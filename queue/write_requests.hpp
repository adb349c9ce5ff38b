// What sessions and attempts ask a store's writer for, and how it takes many of them at a time.
//
// A writer collects requests while it writes, and writes all that wait as one batch.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <iterator>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

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
    bool again = false;         // was in a batch that failed
    std::uint64_t journal = 0;  // its number in the writer's journal; zero: it has none
};

struct discard_request {
    message_id id;
    std::uint32_t chunks = 0;
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

// What every writer is asked for, one vector for each kind.
struct write_requests {
    std::vector<append_request> appends;
    std::vector<commit_request> commits;
    std::vector<settle_request> settlements;
    std::vector<discard_request> discards;

    bool empty() const {
        return appends.empty() && commits.empty() && settlements.empty() && discards.empty();
    }

    // True if a session waits for one of these; nobody waits for the other kinds.
    bool has_client_waiting() const { return !appends.empty() || !commits.empty(); }

    void add(append_request&& request) { appends.push_back(std::move(request)); }
    void add(commit_request&& request) { commits.push_back(std::move(request)); }
    void add(settle_request&& request) { settlements.push_back(std::move(request)); }
    void add(discard_request&& request) { discards.push_back(request); }

    void take(write_requests& others) {
        move_behind(appends, others.appends);
        move_behind(commits, others.commits);
        move_behind(settlements, others.settlements);
        move_behind(discards, others.discards);
    }
};

// What an operator's removal of some entries did.
struct removal_outcome {
    store_totals removed;
    std::vector<removal> changes;
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
    template <class T>
    void add(completion_queue* home, completion<T> done, std::type_identity_t<result<T>> outcome) {
        std::size_t at = 0;
        while (at < homes_.size() && homes_[at].first != home)
            ++at;
        if (at == homes_.size()) homes_.emplace_back(home, std::vector<std::function<void()>>());
        homes_[at].second.emplace_back([done = std::move(done), outcome = std::move(outcome)] {
            done(outcome);
        });
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
