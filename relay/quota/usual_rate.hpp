// What a client usually sends: its busiest hour of the last week. Pure.
//
// The busiest hour, not the mean: a newsletter that goes out once a day is usual. An hour counts
// once it is over for another hour, so that a runaway does not become usual while it begins; and an
// hour that `cap` was called in counts at most as much as was usual before. In the first day of a
// client nothing is usual yet, nor in the first day after a week without mail.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "relay/quota/time.hpp"

namespace kurir::quota {

class usual_rate {
public:
    static constexpr std::size_t hours_kept = 7 * 24;
    static constexpr std::int64_t hours_to_learn = 24;

    struct hour {
        std::int64_t number = 0;  // counted from 1970
        std::uint32_t messages = 0;
    };

    void add(time_point now, std::uint32_t messages = 1);
    void remove(time_point then, std::uint32_t messages = 1);

    // Messages in an hour; nothing if that is not known yet.
    std::optional<std::uint64_t> find(time_point now) const;

    // This hour and the one before are not as usual: they count `most` messages at most.
    void cap(time_point now, std::uint64_t most);

    // The hour that `now` is in, counted from 1970; and the messages of one that is kept.
    static std::int64_t hour_at(time_point now) noexcept;
    std::uint32_t messages_in(std::int64_t hour) const;
    // So many more were in an hour of the past.
    void learn(hour more);

    // There was mail in the last week.
    bool is_recent(time_point now) const;

    // As it is stored, and read again.
    std::optional<std::int64_t> first() const noexcept { return first_; }
    void restore_first(std::int64_t number) noexcept { first_ = number; }
    const std::array<hour, hours_kept>& hours() const noexcept { return hours_; }
    void restore(hour kept);

private:
    hour& at(std::int64_t number);
    std::uint64_t busiest(std::int64_t current, std::int64_t age) const;

    std::optional<std::int64_t> first_;     // the hour in which it began
    std::array<hour, hours_kept> hours_{};  // each at its number modulo their number
};

}  // namespace kurir::quota
