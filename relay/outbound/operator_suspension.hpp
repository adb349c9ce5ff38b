// What an operator has suspended: mail that is not tried until a time, what waits and what is yet
// to come.
//
// Pure, but for the lock of `shared_suspensions`. Who adds suspensions also takes away those that
// are over: here they have no clock.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "queue/backlog.hpp"
#include "queue/terms.hpp"
#include "relay/outbound/pattern_table.hpp"

namespace kurir::outbound {

// What the pattern of a suspension is compared with.
enum class suspension_subject : std::uint8_t {
    destination,  // its name
    route,        // the name of the destination's route
    from,         // the reverse-path; "<>" is the null one
    domain,       // of the recipients
    user,         // who logged in to send it
    tenant,       // whose turn it counts as
};
std::string_view text_of(suspension_subject subject) noexcept;
std::optional<suspension_subject> suspension_subject_named(std::string_view name);
std::string known_suspension_subjects();  // "destination, route, …"

struct operator_suspension {
    std::uint64_t number = 0;  // never used twice
    suspension_subject subject = suspension_subject::destination;
    std::string pattern = {};  // * stands for any characters; in any case
    std::string operator_name = {};
    std::string reason = {};  // for people; may be empty
    queue::calendar_time since{};
    queue::calendar_time until{};

    bool operator==(const operator_suspension&) const = default;
};

// "suspended by ann until 2026-11-28T05:00:00Z because they asked".
std::string sentence_of(const operator_suspension& suspension);

class operator_suspensions {
public:
    operator_suspensions() = default;
    explicit operator_suspensions(std::vector<operator_suspension> all);

    const std::vector<operator_suspension>& all() const noexcept { return all_; }
    bool empty() const noexcept { return all_.empty(); }
    bool has(std::uint64_t number) const noexcept;

    // The first that fits, or null. Pointers are valid as long as this.
    const operator_suspension* of_destination(std::string_view name, std::string_view route) const;
    // As far as memory tells: by domain, user, tenant, and by `from` if that asks for the domain
    // only ("*@example.com") or for the null reverse-path.
    const operator_suspension* of_delivery(const queue::backlog& waiting, queue::backlog::slot item)
        const;
    // By `from`, of a message that was read.
    const operator_suspension* of_sender(std::string_view reverse_path) const;
    // Whether `of_sender` can find more than `of_delivery`.
    bool asks_for_senders() const noexcept { return asks_for_senders_; }

private:
    const operator_suspension* at(std::optional<std::size_t> place) const;

    std::vector<operator_suspension> all_;
    std::unordered_set<std::uint64_t> numbers_;
    // Of each kind, by their places in `all_`: a delivery is asked about each time it becomes due.
    pattern_table destinations_;
    pattern_table routes_;
    pattern_table domains_;
    pattern_table users_;
    pattern_table tenants_;
    pattern_table sender_domains_;  // what follows "*@"
    pattern_table senders_;         // of all `from` but the null one
    std::optional<std::size_t> null_sender_;
    bool asks_for_senders_ = false;
};

// The latest set, for connections on all threads.
class shared_suspensions {
public:
    void set(std::shared_ptr<const operator_suspensions> all) {
        const std::lock_guard guard(lock_);
        asks_for_senders_ = all->asks_for_senders();
        all_ = std::move(all);
    }
    // The number of the one that suspends mail of this sender, nothing if there is none.
    std::optional<std::uint64_t> of_sender(std::string_view reverse_path) const;

private:
    std::atomic<bool> asks_for_senders_ = false;
    mutable std::mutex lock_;
    std::shared_ptr<const operator_suspensions> all_ =
        std::make_shared<const operator_suspensions>();
};

}  // namespace kurir::outbound
