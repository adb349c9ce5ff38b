#include "queue/schedule.hpp"

#include <algorithm>

namespace kurir::queue {

void schedule::insert(slot which) {
    by_due_.push_back({backlog_.due(which), which});
    std::push_heap(by_due_.begin(), by_due_.end(), [this](const moment& a, const moment& b) {
        return later(a, b);
    });
}

std::optional<schedule::slot> schedule::pop_due(time_point now) {
    if (by_due_.empty() || by_due_.front().due > now) return std::nullopt;
    std::pop_heap(by_due_.begin(), by_due_.end(), [this](const moment& a, const moment& b) {
        return later(a, b);
    });
    const auto which = by_due_.back().which;
    by_due_.pop_back();
    return which;
}

std::optional<time_point> schedule::next_due() const {
    if (by_due_.empty()) return std::nullopt;
    return by_due_.front().due;
}

void schedule::rebuild() {
    // A backlog that was removed gives its memory back.
    if (by_due_.capacity() > 4 * by_due_.size()) by_due_.shrink_to_fit();
    std::make_heap(by_due_.begin(), by_due_.end(), [this](const moment& a, const moment& b) {
        return later(a, b);
    });
}

bool schedule::later(const moment& a, const moment& b) const {
    if (a.due != b.due) return a.due > b.due;
    return backlog_.id(a.which) > backlog_.id(b.which);
}

}  // namespace kurir::queue
