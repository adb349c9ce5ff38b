#include "relay/oauth/key_schedule.hpp"

#include <algorithm>

namespace kurir::oauth {

void key_schedule::succeeded(time_point now) noexcept {
    pause_ = std::chrono::seconds(0);
    next_ = now + renewal;
    next_demanded_ = now + demand_pause;
}

void key_schedule::failed(time_point now) noexcept {
    pause_ = std::clamp(pause_ * 2, failure_pause_min, failure_pause_max);
    next_ = now + pause_;
    next_demanded_ = now + std::min(pause_, demand_pause);
}

}  // namespace kurir::oauth
