#include "queue/schedule.hpp"

#include <algorithm>

namespace kurir::queue {

void schedule::insert(slot item) {
    if (places_.size() <= item) places_.resize(item + std::size_t{1}, nowhere);
    by_due_.emplace_back();
    rise(by_due_.size() - 1, {backlog_.due(item), item});
}

bool schedule::erase(slot item) {
    if (!has(item)) return false;
    remove(places_[item]);
    return true;
}

std::optional<schedule::slot> schedule::pop_due(time_point now) {
    if (by_due_.empty() || by_due_.front().due > now) return std::nullopt;
    const auto item = by_due_.front().item;
    remove(0);
    return item;
}

std::optional<time_point> schedule::next_due() const {
    if (by_due_.empty()) return std::nullopt;
    return by_due_.front().due;
}

void schedule::put(std::size_t at, const moment& each) {
    by_due_[at] = each;
    places_[each.item] = static_cast<std::uint32_t>(at);
}

// Puts it at a place that is free, or above.
void schedule::rise(std::size_t at, moment each) {
    while (at > 0) {
        const auto above = (at - 1) / 2;
        if (!earlier(each, by_due_[above])) break;
        put(at, by_due_[above]);
        at = above;
    }
    put(at, each);
}

// Puts it at a place that is free, or below.
void schedule::sink(std::size_t at, moment each) {
    for (auto below = 2 * at + 1; below < by_due_.size(); below = 2 * at + 1) {
        if (below + 1 < by_due_.size() && earlier(by_due_[below + 1], by_due_[below])) ++below;
        if (!earlier(by_due_[below], each)) break;
        put(at, by_due_[below]);
        at = below;
    }
    put(at, each);
}

// The last one takes the place.
void schedule::remove(std::size_t at) {
    places_[by_due_[at].item] = nowhere;
    const auto last = by_due_.back();
    by_due_.pop_back();
    if (at == by_due_.size()) return;
    if (at > 0 && earlier(last, by_due_[(at - 1) / 2])) {
        rise(at, last);
    } else {
        sink(at, last);
    }
}

void schedule::rebuild() {
    // Frees memory when most of the backlog was removed.
    if (by_due_.capacity() > 4 * by_due_.size()) by_due_.shrink_to_fit();
    for (auto at = by_due_.size(); at-- > 0;)
        sink(at, by_due_[at]);
}

bool schedule::earlier(const moment& a, const moment& b) const {
    if (a.due != b.due) return a.due < b.due;
    return backlog_.id(a.item) < backlog_.id(b.item);
}

}  // namespace kurir::queue
