#include "queue/ready_list.hpp"

#include <algorithm>

namespace kurir::queue {

namespace {

// Each sender gets the same number of bytes, and a small message still counts for something.
constexpr std::uint64_t cost_min = 4096;

}  // namespace

ready_list::share& ready_list::class_of(slot which) {
    const auto wanted = backlog_.priority_of(which);
    const auto found = std::find_if(classes_.begin(), classes_.end(), [wanted](const share& each) {
        return each.priority == wanted;
    });
    return found == classes_.end() ? classes_[1] : *found;
}

void ready_list::push(slot which) {
    const auto cost = std::max(backlog_.size_of(which), cost_min);
    class_of(which).waiting.push(backlog_.sender(which), cost, which);
}

std::optional<ready_list::slot> ready_list::pop() {
    if (empty()) return std::nullopt;
    for (;;) {
        auto& spending = classes_[turn_];
        if (spending.waiting.empty()) {
            spending.credit = 0;
        } else if (const auto cost = spending.waiting.next_cost(); cost <= spending.credit) {
            spending.credit -= cost;
            return spending.waiting.pop();
        }
        turn_ = (turn_ + 1) % classes_.size();
        classes_[turn_].credit += classes_[turn_].quantum;
    }
}

std::vector<ready_list::slot> ready_list::pop_companions(slot of) {
    return class_of(of).waiting.pop_while(backlog_.sender(of), [this, of](slot next) {
        return backlog_.id(next) == backlog_.id(of);
    });
}

ready_list::head ready_list::front() const {
    const auto found = std::find_if(classes_.begin(), classes_.end(), [](const share& each) {
        return !each.waiting.empty();
    });
    return {
        .priority = found->priority,
        .sender = found->waiting.front_key(),
        .which = found->waiting.front_item(),
    };
}

std::size_t ready_list::size() const noexcept {
    std::size_t sum = 0;
    for (const auto& each : classes_)
        sum += each.waiting.size();
    return sum;
}

}  // namespace kurir::queue
