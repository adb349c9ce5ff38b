// What one node may have of a limit that holds over all nodes which share a queue.
//
// Every node knows who is alive, and divides each limit as the others do, without asking them: all
// get the same, and what is left over goes to some of them, chosen by what the limit is for. So the
// parts add up to the limit exactly, and no node has the larger part of every limit. (Rendezvous
// hashing: a node that comes or goes moves few of them.)
//
// Pure.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "queue/shared_store.hpp"

namespace kurir::queue {

// How often each node reads who is alive.
inline constexpr std::chrono::milliseconds share_interval = std::chrono::seconds(2);
// How long one that comes waits until the others have seen it and leave it its part.
inline constexpr std::chrono::milliseconds joining_time = std::chrono::seconds(5);

class node_share {
public:
    // The only node: it has all of each limit.
    node_share() = default;
    // `self` and `others`: ids of nodes that are alive, different from each other.
    node_share(std::string self, std::vector<std::string> others);

    std::size_t nodes() const noexcept { return others_.size() + 1; }

    // The part of `limit` for what `name` says. It may be 0.
    std::uint64_t part_of(std::uint64_t limit, std::string_view name) const;

    // The part of a rate of `count`, at least 1, in a period: so many in so many periods. It is
    // never 0: a rate of fewer than one for each node is divided over several periods.
    struct periodic {
        std::uint64_t count = 1;
        std::uint64_t periods = 1;
    };
    periodic part_of_rate(std::uint64_t count, std::string_view name) const;

    bool operator==(const node_share&) const = default;

private:
    std::string self_;
    std::vector<std::string> others_;  // sorted
};

// The share of this node as of a reading of all nodes; nothing while it must wait: it is not known
// yet, or others are there who may not have heard of it.
std::optional<node_share> share_in(const std::vector<node>& known);

}  // namespace kurir::queue
