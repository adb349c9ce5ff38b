// Limits the rate at which a client's network and a sender may submit messages.
//
//   if (const auto over = limits.admit(network, sender, now)) ...come back after over->wait...
//
// A message counts once for each limit, when its MAIL is accepted, however many recipients it gets
// and whether or not it is stored. The whole allowance can be used in one burst ("5000/h": 5,000
// messages at once, then one each 0.72 s), because applications submit in bursts. Limits hold over
// all nodes that share a queue, in the bounds of rate_table.hpp.
//
// Thread-safe; all sessions share one, so that a limit holds across threads. Memory is bounded:
// clients and senders that have not submitted for a while are forgotten, and when a table has
// `rate_table::keys_max` entries, a new one is not limited (a limit that can't be kept is no reason
// to refuse mail).
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "queue/shared_store.hpp"
#include "relay/config/rate.hpp"
#include "relay/inbound/rate_table.hpp"
#include "relay/net/clock.hpp"
#include "relay/quota/word_parts.hpp"
#include "relay/smtp/postponement.hpp"

namespace kurir::inbound {

class submission_limits {
public:
    enum class scope : std::uint8_t { client, sender };
    struct excess {
        scope limit = scope::client;
        std::chrono::seconds wait{1};
    };

    submission_limits(std::optional<config::rate> client, std::optional<config::rate> sender)
        : by_client_(client), by_sender_(sender), unlimited_(!client && !sender) {}

    // A message of `sender` (the reverse-path; empty: the null one, which has no limit of its own)
    // from `network` is about to be submitted. Nothing: it may be, and is counted. Otherwise the
    // limit with the longest wait; nothing is counted then.
    std::optional<excess> admit(
        const std::string& network, const std::string& sender, net::clock::time_point now
    );

    // For other nodes: a part of what to tell them (rate_words.hpp), and what they tell, whole
    // words each. What can't be read counts for nothing. `teller`: a number that no other process
    // has.
    quota::told_part tell(std::uint64_t teller, net::clock::time_point now);
    void hear(const std::vector<queue::node_words>& others, net::clock::time_point now);
    // They know nothing of this node: all of it is news again.
    void tell_anew();

    static constexpr std::string_view part_name = "rates";

private:
    struct told_rates {
        std::vector<told_rate> clients = {};
        std::vector<told_rate> senders = {};
    };

    std::mutex mutex_;
    rate_table by_client_;
    rate_table by_sender_;
    told_rates next_;
    std::optional<told_rates> told_;  // nothing: they don't know that this node is there
    const bool unlimited_;
};

// What the client hears. `client`: what its limit counts, such as "your network".
smtp::postponement postponement_of(const submission_limits::excess& over, std::string_view client);

}  // namespace kurir::inbound
