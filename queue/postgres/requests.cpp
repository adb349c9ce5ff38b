#include "queue/postgres/requests.hpp"

namespace kurir::queue::postgres {

requests take_batch(requests& waiting, const batch_limits& limits) {
    requests taken;
    taken.appends = take_front(waiting.appends, limits);
    taken.commits = take_front(waiting.commits, limits);
    taken.settlements = take_front(waiting.settlements, limits);
    taken.discards = take_front(waiting.discards, limits);
    taken.removals = take_front(waiting.removals, {.requests_max = 1});
    return taken;
}

requests take_one(requests& waiting) {
    requests taken;
    const batch_limits single{.requests_max = 1};
    if (!waiting.appends.empty()) {
        taken.appends = take_front(waiting.appends, single);
    } else if (!waiting.commits.empty()) {
        taken.commits = take_front(waiting.commits, single);
    } else if (!waiting.settlements.empty()) {
        taken.settlements = take_front(waiting.settlements, single);
    } else if (!waiting.discards.empty()) {
        taken.discards = take_front(waiting.discards, single);
    } else {
        taken.removals = take_front(waiting.removals, single);
    }
    return taken;
}

void refuse(requests& late, errc reason) {
    outbox refusals;
    for (auto& each : late.appends)
        refusals.add(each.home, std::move(each.done), reason);
    for (auto& each : late.commits)
        refusals.add(each.home, std::move(each.done), reason);
    for (auto& each : late.settlements)
        refusals.add(each.home, std::move(each.done), reason);
    for (auto& each : late.removals)
        each.done(reason);
    late = {};
    refusals.post();
}

}  // namespace kurir::queue::postgres
