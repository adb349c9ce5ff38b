#include "relay/outbound/connection_limit.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace kurir::outbound {

namespace {

// What a destination that nothing is known of is trusted with.
constexpr double window_first = 2;
constexpr double cut_to = 0.7;

constexpr unsigned patience_first = 100;
constexpr unsigned patience_max = 1600;

// Successes, for each connection, that show that so many are taken.
constexpr std::size_t borne_enough = 3;

// Odds of 500 : 1 against chance are believed.
constexpr double certain = 6.2;
constexpr double usual_min = 0.005;

// Failures below the limit that are enough to judge by, and the part of failures beyond which it is
// a lower limit whatever happened before: no server that we care to please errs so often.
constexpr double fails_enough = 3;
constexpr double fails_plenty = 8;
constexpr double hopeless = 0.45;

// So many attempts below the limit without trouble settle the matter.
constexpr double settled = 100;

constexpr double memory = 400;

// What one attempt adds to the suspicion that not the `usual` part fails but much more.
constexpr double much_more = 0.25;

double weight(bool failed, double usual) {
    const auto base = std::max(usual, usual_min);
    const auto suspected = base + much_more;
    return failed ? std::log(suspected / base) : std::log((1 - suspected) / (1 - base));
}

// What would be left of a part of failures that comes from too many connections.
double left_by_cut(double failing) {
    return std::max(0.0, 1 - (1 - failing) / cut_to);
}

}  // namespace

connection_limit::connection_limit(std::size_t most)
    : most_(static_cast<double>(most)),
      window_(std::min(window_first, most_)),
      straight_until_(most_),
      patience_(patience_first),
      before_(window_),
      at_limit_(memory),
      below_(memory) {
    assert(most >= 1);
}

void connection_limit::set_most(std::size_t most) {
    assert(most >= 1);
    const auto value = static_cast<double>(most);
    if (straight_until_ >= most_) straight_until_ = value;
    most_ = value;
    window_ = std::min(window_, most_);
    before_ = std::min(before_, most_);
}

void connection_limit::restart() {
    window_ = std::min(window_first, most_);
    suspicion_ = 0;
    ++era_;
}

void connection_limit::grow_from(std::size_t connections) noexcept {
    window_ = std::min(window_, static_cast<double>(connections + 1));
}

void connection_limit::succeeded(const beginning& attempt, double usual) {
    ++successes_;
    suspicion_ = std::max(0.0, suspicion_ + weight(false, usual));
    if (limit_ > 0) {
        const bool low = attempt.connections < limit_;
        (low ? below_ : at_limit_).add(false);
        if (!low && attempt.era == era_) ++borne_;
    }
    // Only what is used can be said to be taken.
    if (attempt.used_all && attempt.era == era_) grow();
}

void connection_limit::grow() {
    window_ += window_ < straight_until_ ? 1 : 1 / window_;
    if (limit_ > 0) {
        if (borne_ >= borne_enough * limit_) {
            ++limit_;  // what was too much once is taken now
            borne_ = 0;
        }
        const bool try_again = successes_ >= patience_;
        const auto ceiling = static_cast<double>(limit_);
        window_ = std::min(window_, try_again ? ceiling : std::nextafter(ceiling, 1.0));
    }
    window_ = std::min(window_, most_);
}

bool connection_limit::refused(const beginning& attempt, bool says_so, double usual) {
    const bool low = attempt.connections < limit_;
    const bool expected = limit_ > 0 && !low && attempt.connections > 1;
    if (limit_ > 0) (low ? below_ : at_limit_).add(true);
    if (attempt.era != era_) return expected;
    if (low) {
        judge_below(attempt, usual);
    } else if (expected) {
        // As was expected; unless it is what happens with fewer as well.
        if (!made_no_difference()) {
            step_back();
            return true;
        }
        refute();
    } else if (attempt.connections > 1) {  // one can't be too many
        suspicion_ += says_so ? certain : weight(true, usual);
        if (suspicion_ >= certain) cut(attempt.connections);
    }
    return false;
}

// Fewer connections than were too many, and refused all the same: a lower limit, or no limit.
void connection_limit::judge_below(const beginning& attempt, double usual) {
    const bool all_fail = below_.fails() >= 2 && below_.fails() == below_.tries();
    if (below_.fails() < fails_enough && !all_fail) return;
    const bool high = below_.value() > hopeless;
    const bool plenty =
        below_.fails() >= fails_plenty && below_.value() > std::max(2 * usual, 0.05);
    if (!high && made_no_difference()) {
        refute();
    } else if (attempt.connections > 1 && (high || plenty)) {
        cut(attempt.connections);
    }
}

bool connection_limit::made_no_difference() const noexcept {
    if (below_.fails() < fails_enough) return false;
    // The refusal that began it was chosen, not drawn.
    const auto before = std::max(at_limit_.fails() - 1, 0.0) / std::max(at_limit_.tries(), 1.0);
    return below_.value() >= (before + left_by_cut(before)) / 2;
}

void connection_limit::cut(std::size_t refused_at) {
    if (limit_ == 0 || below_.tries() >= settled) before_ = window_;
    refuted_ = false;
    const auto in_use = static_cast<double>(refused_at);
    limit_ = std::max<std::size_t>(refused_at, 2);
    window_ = std::max(1.0, cut_to * std::min(window_, in_use));
    straight_until_ = window_;
    patience_ = std::max(patience_ / 2, patience_first);
    at_limit_ = share(memory);
    at_limit_.add(true);
    below_ = share(memory);
    suspicion_ = 0;
    successes_ = 0;
    borne_ = 0;
    ++era_;
}

// The limit that is known was met again.
void connection_limit::step_back() {
    patience_ = std::min(patience_ * 2, patience_max);
    const auto below = static_cast<double>(limit_ - 1);
    window_ = std::max(1.0, std::min(window_, below) * (below_.fails() == 0 ? 1 : cut_to));
    straight_until_ = window_;
    successes_ = 0;
    borne_ = 0;
    ++era_;
}

void connection_limit::refute() {
    limit_ = 0;
    refuted_ = true;
    window_ = std::min(std::max(window_, before_), most_);
    straight_until_ = most_;
    suspicion_ = 0;
    ++era_;
}

}  // namespace kurir::outbound
