#include "relay/outbound/worker_line.hpp"

#include <algorithm>

#include "relay/outbound/destination.hpp"

namespace kurir::outbound {

namespace {

std::size_t rank(queue::priority priority) {
    switch (priority) {
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

// Every worker that is busy works for it.
bool worker_line::has_all(const destination& site) const {
    return site.route->any_worker && site.connections == busy_;
}

worker_line::answer worker_line::may_connect(const destination& site, bool proven) const {
    if (free() == 0) return answer::no_worker;
    if (has_all(site) && size(true) + size(false) == 0) return answer::yes;
    const auto kept = kept_from(proven);
    if (free() <= kept) return answer::no_worker;
    const bool fair = site.connections == 0 || site.connections < free() - kept;
    return fair ? answer::yes : answer::over_share;
}

bool worker_line::has_worker(bool proven) const {
    if (free() > kept_from(proven)) return true;
    if (free() == 0 || size(proven) != 1 || size(!proven) != 0) return false;
    const auto& line = line_of(proven);
    const auto only = std::ranges::find_if(line, [](const auto& each) { return !each.empty(); });
    return has_all(*only->front_item());
}

void worker_line::line_up(destination& site, const queue::ready_list::head& head, bool proven) {
    line_of(proven)[rank(head.priority)].push(head.tenant, 1, &site);
}

std::optional<destination*> worker_line::next(bool proven) {
    for (auto& each : line_of(proven)) {
        if (auto first = each.pop()) return first;
    }
    return std::nullopt;
}

std::size_t worker_line::size(bool proven) const {
    std::size_t sum = 0;
    for (const auto& each : line_of(proven))
        sum += each.size();
    return sum;
}

void worker_line::leave(const destination& site) {
    for (auto* each : {&proven_, &unproven_}) {
        for (auto& senders : *each) {
            senders.extract_if([&site](const destination* waiting) { return waiting == &site; });
        }
    }
}

}  // namespace kurir::outbound
