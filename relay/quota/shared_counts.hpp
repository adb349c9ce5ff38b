// What other nodes that share a queue have counted of the same clients, so that a limit of messages
// and the brake on runaways hold over all of them.
//
// Each node tells the others its counts every few seconds, and adds theirs to its own. Until all
// have heard it, which takes two exchanges, it uses no more of what is left than its part of it: so
// all of them together exceed a limit by one message for each other node at most while all hear
// each other, and a client that talks to one node only gets the whole limit.
//
// Pure: the caller supplies the clock reading. Clocks of nodes may differ.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "queue/shared_store.hpp"
#include "relay/quota/account.hpp"
#include "relay/quota/told_accounts.hpp"
#include "relay/quota/word_parts.hpp"

namespace kurir::quota {

// When a part of what is left is used up: there may be more after the next exchange.
inline constexpr std::chrono::seconds next_exchange{2};

class shared_counts {
public:
    static constexpr std::string_view part_name = "counts";

    // What the others are to be told of this node's counts.
    told_part tell(const told_accounts& own, time_point now);

    // They were told, and tell this, whole words each. What can't be read counts for nothing.
    void hear(const std::vector<queue::node_words>& others, time_point now);
    // They know nothing of this node.
    void tell_anew();

    // All that tell something, and this one.
    std::size_t nodes() const noexcept { return others_.size() + 1; }

    // When the client may send again of whose messages here `own` is the count; nothing: now.
    std::optional<time_point> next(
        const std::string& name, sliding_count& own, std::uint64_t limit, time_point now
    );

    // What the client has sent to the others in a period, and what they have deferred because it is
    // stopped there.
    std::uint64_t messages(const std::string& name, period length, time_point now);
    std::uint64_t asked(const std::string& name, time_point now);

private:
    struct telling {
        std::string record = {};
        told_accounts counts = {};
        time_point at{};
    };
    telling next_;
    telling told_;
    told_accounts heard_;  // what all others have heard by now
    std::vector<told_accounts> others_;
};

}  // namespace kurir::quota
