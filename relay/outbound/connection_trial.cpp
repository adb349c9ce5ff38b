#include "relay/outbound/connection_trial.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace kurir::outbound {

namespace {

// Successes for each connection until one more is tried.
constexpr std::size_t patience_for_each = 2;
constexpr std::size_t trial_patience_max = 1600;

// Refusals within what is proven are believed at odds of 500 : 1.
constexpr double no_chance_in_trial = 1.0 / 500;
constexpr double usual_in_trial_min = 0.01;
constexpr double usual_in_trial_max = 0.35;

}  // namespace

std::size_t connection_trial::allowed() const noexcept {
    if (bound_ == 0) return std::numeric_limits<std::size_t>::max();
    return successes_ >= patience_ ? bound_ + 1 : bound_;
}

void connection_trial::restart() noexcept {
    const auto era = era_ + 1;
    *this = {};
    era_ = era;
}

bool connection_trial::succeeded(const beginning& message) noexcept {
    ++successes_;
    if (!message.fresh) return false;
    proven_ = std::max(proven_, message.place);
    if (row_ > 0 && message.place >= lowest_refused_) row_ = 0;
    if (bound_ == 0 || message.place <= bound_) return false;
    bound_ = message.era == era_ ? 0 : message.place;
    return bound_ == 0;
}

connection_trial::finding connection_trial::refused(
    const beginning& message, bool serving, double usual
) {
    if (!message.fresh || !serving || message.place < 2) return finding::none;
    if (message.era != era_) return finding::too_many;
    if (message.place > proven_) {
        bound(std::max<std::size_t>(proven_, 1));
        return finding::too_many;
    }
    lowest_refused_ = row_ == 0 ? message.place : std::min(lowest_refused_, message.place);
    ++row_;
    const auto expected = std::clamp(usual, usual_in_trial_min, usual_in_trial_max);
    if (std::pow(expected, static_cast<double>(row_)) > no_chance_in_trial) return finding::open;
    proven_ = lowest_refused_ - 1;
    bound(proven_);
    return finding::too_many;
}

void connection_trial::begin_with(std::size_t connections) noexcept {
    bound(connections);
    borrowed_ = true;
}

void connection_trial::bound(std::size_t connections) noexcept {
    borrowed_ = false;
    const bool again = bounded_at_ == connections;
    patience_ =
        again ? std::min(patience_ * 2, trial_patience_max) : patience_for_each * connections;
    bounded_at_ = bound_ = connections;
    successes_ = row_ = 0;
    ++era_;
}

}  // namespace kurir::outbound
