// Limits the rate at which a client's network and a sender may submit messages.
//
//   if (const auto over = limits.admit(network, sender, now)) ...come back after over->wait...
//
// A message counts once for each limit, when its MAIL is accepted, however many recipients it gets
// and whether or not it is stored. The whole allowance can be used in one burst ("5000/h": 5,000
// messages at once, then one each 0.72 s), because applications submit in bursts.
//
// Thread-safe; all sessions share one, so that a limit holds across threads. Memory is bounded:
// clients and senders that have not submitted for a while are forgotten, and when the table has
// `keys_max` entries, a new one is not limited (a limit that can't be kept is no reason to refuse
// mail).
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "relay/config/rate.hpp"
#include "relay/net/clock.hpp"
#include "relay/net/token_bucket.hpp"
#include "relay/smtp/postponement.hpp"

namespace kurir::inbound {

// The buckets of one limit. Not thread-safe.
class rate_table {
public:
    static constexpr std::size_t keys_max = 100'000;

    explicit rate_table(std::optional<config::rate> rate) : rate_(rate) {}

    // When `key` may submit again; at once if that is not after `now`.
    net::clock::time_point ready_at(const std::string& key, net::clock::time_point now) const;

    void take(const std::string& key, net::clock::time_point now);

    std::size_t size() const noexcept { return buckets_.size(); }

private:
    bool has_room(net::clock::time_point now);

    std::optional<config::rate> rate_;
    std::unordered_map<std::string, net::token_bucket> buckets_;
    std::size_t sweep_at_ = 1024;  // entries
    net::clock::time_point next_sweep_{};
};

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

private:
    std::mutex mutex_;
    rate_table by_client_;
    rate_table by_sender_;
    const bool unlimited_;
};

// What the client hears. `client`: what its limit counts, such as "your network".
smtp::postponement postponement_of(const submission_limits::excess& over, std::string_view client);

}  // namespace kurir::inbound
