// What the owners of a store in memory claim, renew and give back.
#include <algorithm>
#include <span>

#include "queue/completing.hpp"
#include "tests/queue/memory_store.hpp"

namespace tests {

using queue::complete;

bool memory_store::is_free(const entry& each) const {
    return each.owner == 0 || each.lease_end <= shared_.now();
}

void memory_store::own(entry& free, deliveries& announced) {
    free.owner = number_;
    free.lease_end = shared_.now() + shared_.lease;
    announced.push_back(free.waiting);
}

void memory_store::take(entry& free, deliveries& announced) {
    ++free.waiting.fence;
    own(free, announced);
}

bool memory_store::holds(const queue::claimed& held) const {
    const auto at = shared_.entries.find(held.entry);
    return at != shared_.entries.end() && at->second.owner == number_ &&
           at->second.waiting.fence == held.fence;
}

std::map<std::pair<std::size_t, bool>, std::vector<memory_store::entry*>> memory_store::claimable(
    const queue::claim_order& wanted
) {
    const auto is_wanted = [&wanted](const entry& each) {
        return std::ranges::find(wanted.left_out, each.waiting.domain) == wanted.left_out.end();
    };
    std::map<std::pair<std::size_t, bool>, std::vector<entry*>> lines;
    for (auto& [name, each] : shared_.entries) {
        if (each.waiting.terms->hold || !is_wanted(each)) continue;
        const bool is_left = each.owner != 0;
        const auto since = is_left ? each.lease_end : each.waiting.due;
        if (since > shared_.now() - wanted.unclaimed) continue;
        lines[{queue::lane_of(each.waiting), is_left}].push_back(&each);
    }
    for (auto& [source, line] : lines) {
        std::ranges::sort(line, {}, [](const entry* each) {
            return std::pair(each->waiting.due, each->waiting.entry);
        });
    }
    return lines;
}

void memory_store::claim(
    queue::claim_order wanted, home& home, queue::completion<std::size_t> done
) {
    if (closed_) return complete<std::size_t>(home, std::move(done), queue::errc::closed);
    deliveries announced;
    {
        const std::lock_guard lock(shared_.mutex);
        shared_.processes[number_].seen = shared_.now();
        auto waiting = claimable(wanted);
        std::vector<queue::lane_source> sources;
        for (const auto& [source, entries] : waiting)
            sources.push_back({.lane = source.first, .is_left = source.second});
        queue::lane_claim claim(turns_, wanted.room, std::move(sources));
        while (!claim.parts().empty()) {
            std::vector<std::size_t> counts;
            for (const auto& [source, room] : claim.parts()) {
                auto& line = waiting.at({source.lane, source.is_left});
                const auto count = std::min(room, line.size());
                for (auto* each : std::span(line).first(count))
                    take(*each, announced);
                line.erase(line.begin(), line.begin() + static_cast<std::ptrdiff_t>(count));
                counts.push_back(count);
            }
            claim.took(counts);
        }
    }
    const auto count = announced.size();
    announce(std::move(announced));
    complete<std::size_t>(home, std::move(done), count);
}

void memory_store::renew(
    std::vector<queue::claimed> held,
    home& home,
    queue::completion<std::vector<queue::claimed>> lost
) {
    if (closed_) {
        return complete<std::vector<queue::claimed>>(home, std::move(lost), queue::errc::closed);
    }
    {
        const std::lock_guard lock(shared_.mutex);
        shared_.largest_renewal = std::max(shared_.largest_renewal, held.size());
        std::erase_if(held, [this](const queue::claimed& each) {
            if (!holds(each)) return false;
            shared_.entries.at(each.entry).lease_end = shared_.now() + shared_.lease;
            return true;
        });
    }
    complete<std::vector<queue::claimed>>(home, std::move(lost), std::move(held));
}

void memory_store::release(std::vector<queue::claimed> held) {
    const std::lock_guard lock(shared_.mutex);
    for (const auto& each : held) {
        if (!closed_ && holds(each)) shared_.entries.at(each.entry).owner = 0;
    }
}

void memory_store::announce(deliveries announced) {
    if (!announced.empty() && listener_) listener_(std::move(announced));
}

}  // namespace tests
