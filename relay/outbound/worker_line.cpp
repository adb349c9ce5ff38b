#include "relay/outbound/worker_line.hpp"

#include <algorithm>

namespace kurir::outbound {

namespace {

std::size_t rank(queue::priority of) {
    switch (of) {
        case queue::priority::urgent:
            return 0;
        case queue::priority::bulk:
            return 2;
        case queue::priority::normal:
            break;
    }
    return 1;
}

}  // namespace

worker_line::answer worker_line::may_connect(std::size_t connections, bool proven) const {
    if (busy_ >= workers_) return answer::no_worker;
    if (!shared_) return answer::yes;
    const auto kept = proven ? 0 : workers_ / 4;
    const auto free = workers_ - busy_;
    if (free <= kept) return answer::no_worker;
    const bool fair = connections == 0 || connections < free - kept;
    return fair ? answer::yes : answer::over_share;
}

void worker_line::line_up(destination& who, const queue::ready_list::head& wants, bool proven) {
    line_of(proven)[rank(wants.priority)].push(wants.sender, 1, &who);
}

std::optional<destination*> worker_line::next(bool proven) {
    for (auto& each : line_of(proven)) {
        if (auto first = each.pop()) return first;
    }
    return std::nullopt;
}

std::size_t worker_line::size(bool proven) const {
    std::size_t sum = 0;
    for (const auto& each : proven ? proven_ : unproven_)
        sum += each.size();
    return sum;
}

void worker_line::leave(const destination& who) {
    for (auto* each : {&proven_, &unproven_}) {
        for (auto& senders : *each) {
            senders.extract_if([&who](const destination* waiting) { return waiting == &who; });
        }
    }
}

}  // namespace kurir::outbound
