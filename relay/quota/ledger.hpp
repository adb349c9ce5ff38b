// Counts what clients send, and says when one has sent as much as it may.
//
//   if (const auto over = counts.look(account, limits, now)) ...the message has to wait...
//   ...
//   const auto taken = counts.take(account, limits, recipients, now);   // it is about to be stored
//   if (!stored) counts.give_back(*taken);
//
// Only messages that are stored count, and each is checked again by the same call that counts it,
// so that clients with many sessions can't exceed a limit. Limits are of sliding periods
// (sliding_count.hpp, distinct_count.hpp). They hold over all nodes that share a queue, in the
// bounds of shared_counts.hpp and lasting_counts.hpp. What is usual for a client on all nodes is
// known a day after the first of them has told its hours; until then each compares what the client
// sends to it with what was usual there.
//
// Thread-safe; all sessions share one. Memory is bounded: with more than `accounts_max` accounts in
// use the one that was used longest ago is forgotten; and when `recipients_max` recipients are
// remembered in all, new ones are not counted (a limit that can't be kept is no reason to refuse
// mail).
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "relay/config/rate.hpp"
#include "relay/quota/account.hpp"
#include "relay/quota/lasting_counts.hpp"
#include "relay/quota/shared_counts.hpp"

namespace kurir::quota {

// Belongs to the caller's settings.
struct limits {
    std::span<const config::rate> messages = {};
    std::optional<config::rate> recipients = {};  // different ones
    std::uint64_t runaway = 0;                    // times the usual rate; 0: off

    bool any() const noexcept { return !messages.empty() || recipients || runaway != 0; }
};

enum class brake : std::uint8_t { messages, recipients, runaway };

struct excess {
    quota::brake brake = quota::brake::messages;
    std::chrono::seconds wait{1};  // not of a runaway
    // Of a runaway:
    std::uint64_t sent = 0;   // in the last hour
    std::uint64_t usual = 0;  // in the busiest hour of the week
    bool begins = false;      // with this message
};

// A message that was counted, to be taken back if it is not stored.
struct taken {
    std::string account;
    std::vector<period> periods;
    std::optional<period> recipient_period;
    std::vector<recipient_hash> recipients;  // the new ones
    bool usual = false;
    time_point at{};
};

class ledger {
public:
    static constexpr std::size_t accounts_max = 4096;
    static constexpr std::size_t recipients_max = 500'000;

    // So many messages in an hour never count as a runaway.
    static constexpr std::uint64_t runaway_floor = 100;

    // A message is about to begin. Counts it only while the client is stopped.
    std::optional<excess> look(const std::string& name, const limits& limits, time_point now);

    // Some client is stopped: then ask `look` also about clients without limits, to release them.
    bool any_stopped() const noexcept { return stopped_ > 0; }

    // A recipient is about to be added to a message that has `fresh` new ones already.
    enum class answer : std::uint8_t { known, fresh, too_many };
    answer look(
        const std::string& name,
        const config::rate& limit,
        recipient_hash recipient,
        std::size_t fresh,
        time_point now
    );

    // Counts a message, or says why it may not be sent. `recipients` are different from each other.
    std::optional<excess> take(
        const std::string& name,
        const limits& limits,
        std::span<const recipient_hash> recipients,
        time_point now,
        taken& message
    );
    void give_back(const taken& message);

    // Goes through all: what is old is forgotten, and who sends less again may send.
    struct review {
        std::vector<std::string> released;  // since the last review
        std::size_t stopped = 0;
    };
    review look_through(time_point now);

    // For other nodes that share the queue: a part of what to tell them, and what to tell all for
    // long. `teller`: a number that no other process has. Ends with one of the two below.
    told_part tell(time_point now);
    std::vector<queue::lasting_words> tell_lasting(std::uint64_t teller, time_point now);
    // They were told, and tell this.
    void hear(const std::vector<queue::node_words>& others, time_point now);
    // They may not have been told.
    void not_heard();
    // They know nothing of this node: all of it is news again.
    void tell_anew();
    // What nodes have told for long, from where the last call ended.
    void hear_lasting(const queue::node_hearing& heard, time_point now);

    // All counts as text (record.hpp); nothing if they have not changed since the last call.
    std::optional<std::string> changes(time_point now);

    // The text was not kept: the next call gives it again.
    void changes_lost();

    // Replaces all counts. False if the text is damaged, and then there are none.
    bool restore(std::string_view text);

    std::size_t size() const;

private:
    // What the brake on runaways compares: messages of the last hour with what is usual.
    struct hour_use {
        std::uint64_t sent = 0;
        std::uint64_t asked = 0;  // and deferred, where the client is stopped
        std::optional<std::uint64_t> usual = {};
    };

    account& account_of(const std::string& name, time_point now);
    hour_use last_hour(const std::string& name, account& client, time_point now);
    std::optional<excess> over_usual(
        const std::string& name, account& client, std::uint64_t factor, time_point now
    );
    bool is_stopped(const std::string& name, account& client, std::uint64_t factor, time_point now);
    std::size_t room_for_recipients(
        const std::string& name, const config::rate& limit, std::size_t used
    ) const;
    std::optional<excess> take_recipients(
        account& client,
        const config::rate& limit,
        std::span<const recipient_hash> recipients,
        taken& message
    );
    void learn_recipients(const told_accounts& told, time_point now);
    std::optional<excess> over_rate(
        const std::string& name, account& client, const limits& limits, time_point now
    );
    void forget_empty(time_point now);
    void release(const std::string& name, account& client);

    mutable std::mutex mutex_;
    std::unordered_map<std::string, account> accounts_;
    std::size_t remembered_ = 0;  // recipients of all; counted again by each review
    std::vector<std::string> released_;
    shared_counts shared_;
    lasting_counts lasting_;
    bool changed_ = false;
    std::atomic<std::size_t> stopped_ = 0;  // counted again by each review
};

}  // namespace kurir::quota
