#include "relay/outbound/governor.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <utility>

namespace kurir::outbound {

using namespace std::chrono_literals;
using seconds = std::chrono::duration<double>;

namespace {

// What a destination that nothing is known of is trusted with.
constexpr double window_first = 2;
constexpr double cut = 0.7;

constexpr unsigned patience_first = 50;
constexpr unsigned patience_max = 1600;

// Successes, for each connection, that show that so many are borne.
constexpr std::size_t borne_enough = 3;

// Refusals within this time that come at this part of the connections are not about connections.
constexpr auto same_trouble = 60s;
constexpr double clearly_fewer = 0.75;

constexpr seconds memory = 60s;  // over which successes fade
constexpr double pace_cut = 0.9;
constexpr double pace_min = 1.0 / 60;      // a message a minute
constexpr double evidence_min = 5.0 / 60;  // less says nothing of a limit
constexpr double pace_growth = 0.001;      // with each success, and at most so much in a second
constexpr double pace_growth_fast = 0.02;
constexpr unsigned trial = 200;  // messages and time at a pace, until it grows faster
constexpr auto trial_time = 150s;
constexpr seconds pace_doubles = 2h;

// A limit on messages a minute is met once a minute, by whoever does not know it.
constexpr auto recurring = 2min;

// Longer than a minute's limit can last, with the pauses between attempts.
constexpr auto outage = 3min;

constexpr seconds rest_first = 5s;
constexpr seconds rest_max = 60s;

}  // namespace

governor::governor(const limits& within)
    : limits_(within),
      window_(std::min(window_first, static_cast<double>(within.concurrency_max))),
      straight_until_(static_cast<double>(within.concurrency_max)),
      patience_(patience_first) {
    assert(limits_.concurrency_max >= 1);
    assert(limits_.pause_min <= limits_.pause_max);
    if (within.rate) {
        const auto& [count, per] = *within.rate;
        tokens_.emplace(count, per, net::token_bucket::even_burst(count, per));
    }
}

std::size_t governor::concurrency(time_point now) const noexcept {
    if (suspended(now)) return 0;
    return failures_ > 0 ? 1 : static_cast<std::size_t>(window_);
}

governor::time_point governor::not_before(time_point now) const {
    const auto learnt = std::max(rest_until_, pace_ ? next_start_ : time_point{});
    return std::max({learnt, tokens_ ? tokens_->next() : now, now});
}

governor::hold governor::why(time_point now) const {
    if (not_before(now) <= now) return hold::none;
    const bool by_rate = tokens_ && tokens_->next() == not_before(now);
    return by_rate ? hold::rate : hold::backoff;
}

void governor::started(time_point now) {
    ++under_way_;
    if (under_way_ >= concurrency(now)) may_grow_ = under_way_;
    if (under_way_ >= peak_) {
        peak_ = under_way_;
        peak_ends_in_ = 2 * under_way_;
    }
    if (tokens_) tokens_->spend(now);
    if (!pace_) return;
    const auto gap = std::chrono::duration_cast<net::clock::duration>(seconds(1 / *pace_));
    next_start_ = std::max(next_start_, now) + gap;
}

void governor::end_attempt() noexcept {
    if (under_way_ > 0) --under_way_;
    if (same_round_ > 0) --same_round_;
    if (peak_ends_in_ > 0) {
        --peak_ends_in_;
    } else {
        peak_ = under_way_;
    }
}

void governor::withdrawn() noexcept {
    end_attempt();
}

// Successes of the last minute, the older the less.
double governor::recent(time_point now) const {
    const seconds passed = std::max(now - lately_at_, net::clock::duration(0));
    return lately_ * std::exp(-passed / memory);
}

void governor::succeeded(time_point now) {
    end_attempt();
    lately_ = recent(now) + 1;
    lately_at_ = now;
    failures_ = 0;
    ++successes_;
    if (refused_at_ > 0 && peak_ >= refused_at_) ++borne_;
    if (std::exchange(refusals_, 0) > 0 && now - row_began_ > outage) pace_ = pace_before_;
    if (pace_) grow_pace(now);
    // Only what is used can be said to be borne.
    if (may_grow_ > 0) {
        --may_grow_;
        grow();
    }
}

// Slowly near the rate that was refused; faster when it must have been more than that.
void governor::grow_pace(time_point now) {
    ++paced_;
    const bool too_slow = paced_ > trial && now - pace_since_ > trial_time;
    const seconds passed = now - std::exchange(pace_at_, now);
    const auto step = (too_slow ? pace_growth_fast : pace_growth) * std::min(passed.count(), 1.0);
    *pace_ *= (1 + step) * std::exp2(passed / pace_doubles);
}

void governor::grow() {
    window_ += window_ < straight_until_ ? 1 : 1 / window_;
    if (refused_at_ > 0) {
        if (borne_ >= borne_enough * refused_at_) {
            ++refused_at_;  // what was too much once is borne now
            borne_ = 0;
        }
        const bool try_again = successes_ >= patience_;
        const auto ceiling = static_cast<double>(refused_at_);
        window_ = std::min(window_, try_again ? ceiling : std::nextafter(ceiling, 1.0));
    }
    window_ = std::min(window_, static_cast<double>(limits_.concurrency_max));
}

void governor::throttled(time_point now) {
    // Not those that are left now: a refusal may come late.
    const auto in_use = std::max<std::size_t>(peak_, 1);
    const bool known_already = same_round_ > 0;
    end_attempt();
    if (known_already) return;

    const bool again =
        last_refusal_ && now - *last_refusal_ < same_trouble &&
        static_cast<double>(in_use) <= clearly_fewer * static_cast<double>(last_in_use_);
    const bool too_many_once = refused_at_ > 0 && in_use >= refused_at_ && in_use > 1;
    const bool about_pace = in_use == 1 || again || (pace_ && !too_many_once);
    if (about_pace) {
        rest(now);
    } else {
        cut_connections(in_use);
    }
    successes_ = 0;
    borne_ = 0;
    may_grow_ = 0;
    same_round_ = under_way_;
    peak_ = under_way_;
    last_refusal_ = now;
    last_in_use_ = in_use;
}

void governor::cut_connections(std::size_t in_use) {
    const bool again = refused_at_ > 0 && in_use >= refused_at_;
    patience_ =
        again ? std::min(patience_ * 2, patience_max) : std::max(patience_ / 2, patience_first);
    if (refused_at_ == 0 || in_use < refused_at_) refused_at_ = std::max<std::size_t>(in_use, 2);
    window_ = std::max(1.0, cut * std::min(window_, static_cast<double>(in_use)));
    straight_until_ = window_;
}

// The first refusal of a row is answered by a rest. A limit on messages a minute outlasts that, and
// then the pace is known: what went well before the row.
void governor::rest(time_point now) {
    if (refusals_ == 0) {
        row_began_ = now;
        pace_before_ = pace_;
        measured_ = recent(now) / memory.count();
    }
    const bool recurs = last_rest_ && now - *last_rest_ < recurring;
    if ((pace_ || refusals_ > 0 || recurs) && measured_ >= evidence_min) {
        pace_ =
            std::max(pace_cut * std::min(pace_before_.value_or(measured_), measured_), pace_min);
        pace_at_ = pace_since_ = now;
        paced_ = 0;
    }
    const auto pause = std::min(rest_first * std::exp2(std::min(refusals_, 10U)), rest_max);
    ++refusals_;
    last_rest_ = now;
    rest_until_ = now + std::chrono::ceil<net::clock::duration>(pause);
}

void governor::unreachable(time_point now) {
    end_attempt();
    // Connections that were under way together fail together: they count as one failure.
    if (suspended(now)) return;
    constexpr unsigned doublings_max = 20;
    const auto doublings = std::min(failures_, doublings_max);
    ++failures_;
    window_ = std::min(window_first, static_cast<double>(limits_.concurrency_max));
    const auto pause = std::min(limits_.pause_min * (1L << doublings), limits_.pause_max);
    suspended_until_ = now + pause;
}

}  // namespace kurir::outbound
