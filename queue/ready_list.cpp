#include "queue/ready_list.hpp"

#include <algorithm>

namespace kurir::queue {

namespace {

// Each tenant gets the same number of bytes. A small message counts as this many.
constexpr std::uint64_t cost_min = 4096;

}  // namespace

ready_list::share& ready_list::class_of(slot item) {
    const auto wanted = backlog_.priority_of(item);
    const auto found = std::find_if(classes_.begin(), classes_.end(), [wanted](const share& each) {
        return each.priority == wanted;
    });
    return found == classes_.end() ? classes_[1] : *found;
}

// A class earns no credit while it has nothing to send.
void ready_list::join(share& newcomer) const noexcept {
    newcomer.spent = std::max(newcomer.spent, progress_);
}

void ready_list::push(slot item, bool ahead) {
    auto& line = class_of(item);
    if (line.waiting.available() == 0) join(line);
    const auto cost = std::max(backlog_.size_of(item), cost_min);
    line.waiting.push(backlog_.tenant(item), cost, item, ahead);
}

// The class that has spent least; if several have, the most urgent of them.
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

void ready_list::release(const backlog::name* tenant) {
    for (auto& each : classes_) {
        if (each.waiting.available() == 0) join(each);
        each.waiting.release(tenant);
    }
}

std::vector<ready_list::slot> ready_list::pop_companions(slot item) {
    return class_of(item).waiting.pop_while(backlog_.tenant(item), [this, item](slot next) {
        return backlog_.id(next) == backlog_.id(item);
    });
}

ready_list::head ready_list::front() const {
    const auto found = std::find_if(classes_.begin(), classes_.end(), [](const share& each) {
        return !each.waiting.empty();
    });
    return {
        .priority = found->priority,
        .tenant = found->waiting.front_key(),
        .item = found->waiting.front_item(),
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
