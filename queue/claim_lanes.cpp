#include "queue/claim_lanes.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

#include "relay/base/stable_hash.hpp"

namespace kurir::queue {

namespace {

// As many places as each has of a round: by its value.
constexpr std::array<std::size_t, 3> weights{4, 64, 1};

std::size_t priority_of(const lane_source& source) noexcept {
    return source.lane / lanes_of_priority;
}

}  // namespace

std::size_t lane_of(priority level, std::string_view tenant) noexcept {
    return static_cast<std::size_t>(level) * lanes_of_priority +
           base::stable_hash().add(tenant).value() % lanes_of_priority;
}

std::vector<lane_part> lane_turns::divide(
    std::size_t room, const std::vector<lane_source>& sources
) {
    std::array<std::vector<std::size_t>, 3> waiting;  // positions in `sources`
    for (std::size_t i = 0; i < sources.size(); ++i)
        waiting.at(priority_of(sources[i])).push_back(i);
    std::vector<std::size_t> round;  // priorities, each as often as its weight
    for (const auto level : {priority::urgent, priority::normal, priority::bulk}) {
        const auto index = static_cast<std::size_t>(level);
        if (!waiting.at(index).empty()) round.insert(round.end(), weights.at(index), index);
    }
    if (round.empty()) return {};
    std::vector<std::size_t> rooms(sources.size(), 0);
    for (std::size_t i = 0; i < room; ++i) {
        const auto level = round[places_++ % round.size()];
        const auto& lanes_there = waiting.at(level);
        ++rooms[lanes_there[places_of_priority_.at(level)++ % lanes_there.size()]];
    }
    std::vector<lane_part> parts;
    for (std::size_t i = 0; i < sources.size(); ++i) {
        if (rooms[i] > 0) parts.push_back({.source = sources[i], .room = rooms[i]});
    }
    return parts;
}

lane_claim::lane_claim(lane_turns& turns, std::size_t room, std::vector<lane_source> sources)
    : turns_(turns),
      room_(room),
      sources_(std::move(sources)),
      parts_(turns.divide(room_, sources_)) {}

void lane_claim::took(const std::vector<std::size_t>& counts) {
    assert(counts.size() == parts_.size());
    for (std::size_t i = 0; i < parts_.size(); ++i) {
        const auto taken = std::min(counts[i], parts_[i].room);
        count_ += taken;
        room_ -= taken;
        if (taken < parts_[i].room) std::erase(sources_, parts_[i].source);
    }
    parts_ = turns_.divide(room_, sources_);
}

}  // namespace kurir::queue
