#include "relay/oauth/token_schedule.hpp"

#include <algorithm>

namespace kurir::oauth {

using std::chrono::seconds;

const sasl::secret* token_schedule::usable(time_point now) const {
    if (!held_ || now >= held_->end - last_moments) return nullptr;
    return &held_->token;
}

bool token_schedule::wants_request(time_point now) const {
    if (now < next_request_) return false;
    return !held_ || now >= held_->renewal;
}

void token_schedule::granted(const token_grant& grant, time_point now) {
    const auto early = std::min(grant.life / 5, renewal_max);
    held_ = held{
        .token = grant.access_token,
        .renewal = now + grant.life - std::max(early, last_moments),
        .end = now + grant.life,
    };
    trouble_.clear();
    pause_ = seconds(0);
    next_request_ = now;
}

void token_schedule::failed(const token_failure& failure, time_point now) {
    const auto least = failure.refused ? refused_pause_min : pause_min;
    const auto most = failure.refused ? refused_pause_max : pause_max;
    pause_ = std::clamp(pause_ * 2, least, most);
    next_request_ = now + std::max(pause_, failure.retry_after);
    trouble_ = failure.text;
}

bool token_schedule::refused(const std::string& token, time_point now) {
    // Somebody else has replaced it meanwhile.
    if (!held_ || held_->token.text() != token) return usable(now) != nullptr || !held_;
    if (replaced_) return false;
    held_.reset();
    replaced_ = true;
    return now >= next_request_;
}

void token_schedule::accepted(const std::string& token) {
    if (held_ && held_->token.text() == token) replaced_ = false;
}

}  // namespace kurir::oauth
