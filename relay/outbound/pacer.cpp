#include "relay/outbound/pacer.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace kurir::outbound {

using namespace std::chrono_literals;
using fractional_seconds = std::chrono::duration<double>;

namespace {

// Rows of this probability are not chance; beyond the second even a rest did not help. Where a pace
// is known, less is needed: it has grown to the limit again.
constexpr double not_chance = 1.0 / 500;
constexpr double no_doubt = 1e-5;
constexpr unsigned rests_enough = 3;
constexpr double as_expected = 1.0 / 50;
constexpr double usual_at_pace_min = 0.01;
constexpr double usual_at_pace_max = 0.35;

constexpr fractional_seconds successes_fade = 60s;  // over which successes fade
constexpr double pace_cut = 0.9;
constexpr double pace_min = 1.0 / 60;      // a message a minute
constexpr double evidence_min = 5.0 / 60;  // less says nothing of a limit
constexpr double pace_growth = 0.001;      // with each success, and at most so much in a second
constexpr double pace_growth_fast = 0.02;
// Messages and time at a pace, until it grows faster.
constexpr unsigned trial_max = 400;
constexpr fractional_seconds trial_time = 150s;
constexpr fractional_seconds pace_doubles = 2h;

// A limit on messages a minute is met once a minute, by whoever does not know it.
constexpr fractional_seconds recurring = 3min;
constexpr fractional_seconds recurring_min = 20s;

// Longer than a minute's limit can last, with the pauses between attempts.
constexpr auto outage = 3min;

// In messages at the rate before the row.
constexpr double rest_first = 5;
constexpr double rest_most = 30;
constexpr fractional_seconds rest_min = 5ms;
constexpr fractional_seconds rest_first_max = 5s;
constexpr fractional_seconds rest_unknown = 1s;
constexpr double known_by = 10;  // successes that a rate is known by
constexpr unsigned rests_counted = 10;
constexpr fractional_seconds rest_max = 60s;
// By chance rows are some 500 attempts apart.
constexpr double close_by = 30;
constexpr unsigned close_rows_enough = 4;
constexpr double rest_part_min = 0.05;
constexpr double part_of_trouble = 1.0 / 6;

net::clock::duration ticks(fractional_seconds time) {
    return std::chrono::ceil<net::clock::duration>(time);
}

}  // namespace

pacer::time_point pacer::not_before() const noexcept {
    if (probing_) return time_point::max();
    return std::max(rest_until_, pace_ ? next_start_ : time_point{});
}

bool pacer::started(time_point now) {
    if (!first_) first_ = now;
    probing_ = resting_;
    if (pace_) next_start_ = std::max(next_start_, now) + ticks(fractional_seconds(1 / *pace_));
    return resting_;
}

// Successes of the last minute, the older the less.
double pacer::recent(time_point now) const {
    const fractional_seconds passed = std::max(now - lately_at_, net::clock::duration(0));
    return lately_ * std::exp(-passed / successes_fade);
}

void pacer::succeeded(time_point now, bool probe) {
    withdrawn(probe);
    lately_ = recent(now) + 1;
    lately_at_ = now;
    since_lesson_ += 1;
    since_row_ += 1;
    if (resting_ && now - row_began_ > outage) {
        pace_ = pace_before_;
        borrowed_ = borrowed_before_;
    }
    in_row_ = false;
    // What was under way before the rest says nothing of the time after it.
    if (resting_ && (probe || now >= rest_until_)) {
        if (close_rows_ > 0) fit_rest();
        resting_ = probing_ = false;
        rests_ = 0;
        rest_until_ = {};
    }
    if (pace_) grow_pace(now);
}

// A rest whose first probe is taken may have been longer than it had to be.
void pacer::fit_rest() {
    rest_part_ = rests_ == 1 ? rest_part_ * 0.7 : rest_part_ * 2;
    rest_part_ = std::clamp(rest_part_, rest_part_min, 1.0);
}

// Slowly near the rate that was refused; faster when it must have been more than that.
void pacer::grow_pace(time_point now) {
    ++paced_;
    const bool too_slow = paced_ > trial_ && now - pace_since_ > trial_time;
    const fractional_seconds passed = now - std::exchange(pace_at_, now);
    const auto step = (too_slow ? pace_growth_fast : pace_growth) * std::min(passed.count(), 1.0);
    *pace_ *= (1 + step) * std::exp2(passed / pace_doubles);
}

bool pacer::refused(time_point began, time_point now, unsigned row, double usual) {
    if (knows_of(began)) return false;
    probing_ = false;
    if (!in_row_) begin_row(now);
    const auto chance = std::pow(std::clamp(usual, usual_at_pace_min, usual_at_pace_max), row);
    if (chance > (below_limit() ? not_chance : as_expected)) return false;
    if (rests_ == 0) {
        close_rows_ = since_row_ < close_by ? close_rows_ + 1 : 0;
        since_row_ = 0;
    }
    const bool lasts = rests_ >= rests_enough || (rests_ > 0 && chance <= no_doubt) ||
                       close_rows_ >= close_rows_enough;
    if (pace_ || lasts) learn_from_row(now);
    rest(now);
    return true;
}

void pacer::begin_row(time_point now) {
    in_row_ = true;
    taught_ = false;
    row_began_ = now;
    pace_before_ = pace_;
    borrowed_before_ = borrowed_;
    const fractional_seconds known =
        std::min<fractional_seconds>(now - first_.value_or(now), successes_fade);
    measured_ = recent(now) / std::max(known.count(), 1.0);
    if (!last_lesson_) return;
    // From refusal to refusal: what a limit lets through, whatever rests there were.
    const fractional_seconds passed = now - *last_lesson_;
    if (passed >= recurring_min && passed <= recurring) {
        measured_ = std::min(measured_, since_lesson_ / passed.count());
    }
}

// A row that outlasts a rest may be an outage. A limit on messages a minute is met again a minute
// later.
void pacer::learn_from_row(time_point now) {
    const bool recurs =
        last_lesson_ && row_began_ - *last_lesson_ <= recurring && *last_lesson_ < row_began_;
    if (pace_ || recurs || taught_) {
        taught_ = true;
        set_pace(now);
    }
    last_lesson_ = row_began_;
    since_lesson_ = 0;
}

void pacer::set_pace(time_point now) {
    if (measured_ < evidence_min) return;
    refused_pace_ = std::min(pace_before_.value_or(measured_), measured_);
    const bool again = pace_.has_value() && pace_since_ < row_began_;
    trial_ = again ? std::min(trial_ * 2, trial_max) : trial_;
    pace_ = std::max(pace_cut * refused_pace_, pace_min);
    borrowed_ = false;
    pace_at_ = pace_since_ = now;
    paced_ = 0;
}

void pacer::begin_with(double pace, time_point now) {
    pace_ = std::max(pace, pace_min);
    borrowed_ = true;
    refused_pace_ = *pace_ / pace_cut;
    pace_at_ = pace_since_ = now;
    paced_ = 0;
}

// The first rest is short: it may have been chance.
void pacer::rest(time_point now) {
    const bool known = measured_ > 0 && lately_ >= known_by;
    const auto first = known ? fractional_seconds(rest_first / measured_) : rest_unknown;
    const auto most = known ? fractional_seconds(rest_most / measured_) : rest_first_max;
    const fractional_seconds lasts = now - row_began_;
    const auto limit = std::clamp(std::max(most, lasts * part_of_trouble), rest_unknown, rest_max);
    const auto pause = rest_part_ * std::clamp(first, rest_min, rest_first_max) *
                       std::exp2(std::min(rests_, rests_counted));
    ++rests_;
    resting_ = true;
    rest_began_ = now;
    rest_until_ = now + ticks(std::min(pause, limit));
}

}  // namespace kurir::outbound
