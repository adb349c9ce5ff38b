// What nodes of a shared queue tell each other of clients that must be known for long: different
// recipients of a day, and the messages of each hour of a week.
//
// They are told as words that last (queue/shared_store.hpp), not as words that each exchange reads
// again. Sets of recipients are megabytes, and must be joined, not summed: so each is told when it
// is new to this node, or is used in a later slot, and whoever comes later, or starts with an empty
// queue folder, reads all that still counts. A sketch would be smaller, but errs by percents just
// at the limit, and can't say whether a recipient is a known one. An hour is told once, when it
// counts (usual_rate.hpp), which is an hour after its end: a relay that is killed before has not
// told it. What a database has lost is told again (unread_counts.hpp). So words may come twice: a
// set that is heard twice is the same set, and hours have the name of their teller.
//
// Words that last, with one of these parts (word_parts.hpp):
//
//   recipients   the teller's clock, and a record of new recipients
//   hours        the teller's number and which hour it is, "a1b2c3 493826"; its clock, and a record
//
// Pure: the caller supplies the clock reading. Clocks of nodes may differ.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "queue/shared_store.hpp"
#include "relay/quota/account.hpp"
#include "relay/quota/told_accounts.hpp"
#include "relay/quota/unread_counts.hpp"

namespace kurir::quota {

class lasting_counts {
public:
    static constexpr std::string_view recipients_part = "recipients";
    static constexpr std::string_view hours_part = "hours";
    // Recipients that wait to be told; more are not told: without the database there is no new
    // mail.
    static constexpr std::size_t waiting_max = 100'000;

    // The client has sent to a recipient that the others don't know, or not in this slot. `is_new`:
    // it was not known here.
    void note(
        const std::string& name,
        period length,
        recipient_hash recipient,
        bool is_new,
        time_point now
    );
    // It has not, after all.
    void take_back(const std::string& name, period length, recipient_hash recipient);

    // New recipients of the client that not all others have heard of.
    std::size_t unheard(const std::string& name, period length) const;

    // What to tell. `own`: what was counted here; `teller`: a number that no other process has.
    std::vector<queue::lasting_words> tell(
        const told_accounts& own, std::uint64_t teller, time_point now
    );
    // What `tell` said was told; or perhaps not, and will be told again.
    void told();
    void lost();

    // What lasting words say of recipients; what they say of hours is kept here.
    std::optional<told_accounts> hear(const queue::node_words& words, time_point now);
    // All words that last come again, from the first on. `known`: what is counted here.
    void begin_anew(const told_accounts& known, time_point now);
    // They all have come: those that are known here and were not among them will be told again.
    void heard_all();

    // Messages of all nodes in the busiest hour of the client's week; nothing if it is not known.
    std::optional<std::uint64_t> usual(const std::string& name, time_point now) const;

private:
    using new_counts = std::map<std::pair<std::string, period>, std::size_t>;
    // Recipients that are told together.
    struct telling {
        told_accounts recipients = {};
        new_counts fresh = {};
        std::size_t size = 0;
    };

    void tell_hours(
        std::vector<queue::lasting_words>& all,
        const told_accounts& own,
        std::uint64_t teller,
        time_point now
    ) const;
    void hear_hours(std::string_view text, std::chrono::milliseconds age, time_point now);
    bool is_new_hour(std::int64_t hour, std::uint64_t teller);
    void tell_again(const told_accounts& lost);

    bool is_shared_ = false;    // somebody asks what to tell
    std::uint64_t teller_ = 0;  // of this process
    telling waiting_;
    telling being_told_;
    new_counts just_told_;                     // the others hear of them when they exchange next
    std::optional<std::int64_t> hours_after_;  // those after this one were told,
    std::optional<std::int64_t> hours_until_;  // until this one
    std::optional<std::int64_t> next_hours_until_;
    unread_counts unread_;
    std::set<std::int64_t> lost_hours_;                             // to be told again
    std::unordered_map<std::string, usual_rate> hours_;             // of all nodes
    std::set<std::pair<std::int64_t, std::uint64_t>> heard_hours_;  // and their tellers
};

}  // namespace kurir::quota
