#include "queue/schedule.hpp"

#include <algorithm>

namespace kurir::queue {

void schedule::insert(slot item) {
    by_due_.push_back({backlog_.due(item), item});
    std::push_heap(by_due_.begin(), by_due_.end(), [this](const moment& a, const moment& b) {
        return later(a, b);
    });
}

std::optional<schedule::slot> schedule::pop_due(time_point now) {
    if (by_due_.empty() || by_due_.front().due > now) return std::nullopt;
    std::pop_heap(by_due_.begin(), by_due_.end(), [this](const moment& a, const moment& b) {
        return later(a, b);
    });
    const auto item = by_due_.back().item;
    by_due_.pop_back();
    return item;
}

std::optional<time_point> schedule::next_due() const {
    if (by_due_.empty()) return std::nullopt;
    return by_due_.front().due;
}

void schedule::rebuild() {
    // Frees memory when most of the backlog was removed.
    if (by_due_.capacity() > 4 * by_due_.size()) by_due_.shrink_to_fit();
    std::make_heap(by_due_.begin(), by_due_.end(), [this](const moment& a, const moment& b) {
        return later(a, b);
    });
}

bool schedule::later(const moment& a, const moment& b) const {
    if (a.due != b.due) return a.due > b.due;
    return backlog_.id(a.item) > backlog_.id(b.item);
}

}  // namespace kurir::queue
