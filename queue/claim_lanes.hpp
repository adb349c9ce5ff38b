// The lanes in which mail of a shared queue waits to be claimed, and what a claim takes of each: so
// priorities and tenants' turns hold for what no relay has yet, as ready_list.hpp keeps them on
// one.
//
// A lane is a priority and one of some tenants, chosen by a hash (stochastic fair queueing,
// McKenney 1990): a claim looks at a fixed number of lanes, however many tenants wait. Tenants that
// share a lane share its turns.
//
// Of the places of a claim, urgent mail gets sixteen for each of normal mail, and normal mail four
// for each of bulk, as long as all of them wait; lanes of a priority get the same.
//
// Pure.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "queue/message.hpp"

namespace kurir::queue {

inline constexpr std::size_t lanes_of_priority = 64;
inline constexpr std::size_t lanes = 3 * lanes_of_priority;

// From 0 on. Stored with each entry: never renumber. All mail of a version without lanes has 0.
std::size_t lane_of(priority level, std::string_view tenant) noexcept;
inline std::size_t lane_of(const delivery& waiting) noexcept {
    return lane_of(waiting.priority, waiting.tenant);
}

// Mail of a lane that a claim can take: what nobody has, or what an owner has whose lease ended.
// They count as two tenants, so that neither waits for the other's end.
struct lane_source {
    std::size_t lane = 0;
    bool is_left = false;  // by its owner
    bool operator==(const lane_source&) const = default;
};

struct lane_part {
    lane_source source;
    std::size_t room = 0;  // at least 1
    bool operator==(const lane_part&) const = default;
};

// Whose turn it is, from claim to claim of one owner.
class lane_turns {
public:
    // Divides the places of a claim among sources that all have mail. Adds up to `room` unless
    // there are no sources.
    std::vector<lane_part> divide(std::size_t room, const std::vector<lane_source>& sources);

private:
    std::uint64_t places_ = 0;
    std::array<std::uint64_t, 3> places_of_priority_{};
};

// One claim: what to take of which source, and again of those that have more, until there is no
// room or no mail.
class lane_claim {
public:
    // `turns` must outlive it.
    lane_claim(lane_turns& turns, std::size_t room, std::vector<lane_source> sources);

    // What to take now; nothing: the claim is over.
    const std::vector<lane_part>& parts() const noexcept { return parts_; }
    // How much was there, for each of `parts`.
    void took(const std::vector<std::size_t>& counts);

    std::size_t count() const noexcept { return count_; }

private:
    lane_turns& turns_;
    std::size_t room_;
    std::vector<lane_source> sources_;
    std::vector<lane_part> parts_;
    std::size_t count_ = 0;
};

}  // namespace kurir::queue
