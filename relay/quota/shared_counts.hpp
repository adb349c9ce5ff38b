// What other nodes that share a queue have counted of the same clients, so that a limit of messages
// holds over all of them.
//
// Each node tells the others its counts every few seconds, and adds theirs to its own. Between two
// times it uses no more of what is left than its part of it: so all of them together exceed a limit
// by one message for each other node at most while all hear each other, and a client that talks to
// one node only gets the whole limit.
//
// Pure: the caller supplies the clock reading. Clocks of nodes may differ.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "queue/shared_store.hpp"
#include "relay/quota/account.hpp"

namespace kurir::quota {

class shared_counts {
public:
    using accounts = std::unordered_map<std::string, account>;

    // What the others are to be told of this node's counts; nothing: what they know is right.
    std::optional<std::string> tell(const accounts& own, time_point now);

    // They were told, and tell this. What can't be read counts for nothing.
    void hear(const std::vector<queue::node_words>& others, time_point now);

    // When the client may send again of whose messages here `own` is the count; nothing: now.
    std::optional<time_point> next(
        const std::string& name, sliding_count& own, std::uint64_t limit, time_point now
    );

private:
    struct telling {
        std::string record = {};
        accounts counts = {};
        time_point at{};
    };
    telling next_;
    telling told_;
    std::vector<accounts> others_;
};

}  // namespace kurir::quota
