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

// A class that had nothing to send has saved nothing up.
void ready_list::join(share& which) const noexcept {
    which.spent = std::max(which.spent, progress_);
}

void ready_list::push(slot which) {
    auto& of = class_of(which);
    if (of.waiting.available() == 0) join(of);
    const auto cost = std::max(backlog_.size_of(which), cost_min);
    of.waiting.push(backlog_.sender(which), cost, which);
}

// The class that has spent least; of several the most urgent.
ready_list::share* ready_list::next_class() {
    share* next = nullptr;
    for (auto& each : classes_) {
        if (each.waiting.available() == 0) continue;
        if (next == nullptr || each.spent < next->spent) next = &each;
    }
    return next;
}

std::optional<ready_list::slot> ready_list::pop() {
    auto* next = next_class();
    if (next == nullptr) return std::nullopt;
    progress_ = next->spent;
    next->spent += next->waiting.next_cost() * next->slowness;
    return next->waiting.pop();
}

void ready_list::release(const backlog::name* sender) {
    for (auto& each : classes_) {
        if (each.waiting.available() == 0) join(each);
        each.waiting.release(sender);
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

std::size_t ready_list::available() const noexcept {
    std::size_t sum = 0;
    for (const auto& each : classes_)
        sum += each.waiting.available();
    return sum;
}

std::size_t ready_list::size() const noexcept {
    std::size_t sum = 0;
    for (const auto& each : classes_)
        sum += each.waiting.size();
    return sum;
}

}  // namespace kurir::queue
