// A simulated mail provider with limits, and a relay with more mail than these allow, in simulated
// time.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <deque>
#include <map>
#include <random>

#include "relay/outbound/governor.hpp"

namespace tests {

struct provider {
    std::size_t connections = 1000;    // at a time; one more is answered 421
    std::size_t messages = 1'000'000;  // a minute; one more is answered 421
    bool sliding = false;              // the minute before each message, not the one on the clock
    std::chrono::milliseconds latency{200};
};

class provider_simulation {
public:
    using clock = kurir::net::clock;

    provider_simulation(provider there, kurir::outbound::governor& subject, std::uint64_t seed)
        : there_(there), subject_(subject), dice_(seed) {}

    struct account {
        std::size_t attempts = 0;
        std::size_t deferred = 0;
        double deferred_part() const {
            return static_cast<double>(deferred) / static_cast<double>(attempts);
        }
        double a_minute = 0;  // messages that went out
    };

    account run(std::chrono::minutes time) {
        account sum;
        const auto end = now_ + time;
        while (now_ < end) {
            start_what_may(sum);
            auto next = under_way_.empty() ? end : under_way_.begin()->first;
            const auto allowed = subject_.not_before(now_);
            if (allowed > now_ && under_way_.size() < subject_.concurrency(now_)) {
                next = std::min(next, allowed);
            }
            now_ = std::min(next, end);
            finish_what_ended(sum);
        }
        const auto delivered = static_cast<double>(sum.attempts - sum.deferred);
        sum.a_minute = delivered / static_cast<double>(time.count());
        return sum;
    }

    void change(provider there) { there_ = there; }

private:
    void start_what_may(account& sum) {
        while (under_way_.size() < subject_.concurrency(now_) && subject_.not_before(now_) <= now_
        ) {
            subject_.started(now_);
            ++sum.attempts;
            const auto least = there_.latency / 2;
            std::uniform_int_distribution<std::chrono::milliseconds::rep> any(
                least.count(), there_.latency.count() * 3 / 2
            );
            under_way_.emplace(now_ + std::chrono::milliseconds(any(dice_)), refused());
        }
    }

    bool refused() {
        if (under_way_.size() >= there_.connections) return true;
        if (there_.sliding) {
            while (!taken_.empty() && now_ - taken_.front() >= std::chrono::minutes(1))
                taken_.pop_front();
        } else if (!taken_.empty() && minute(taken_.front()) != minute(now_)) {
            taken_.clear();
        }
        if (taken_.size() >= there_.messages) return true;
        taken_.push_back(now_);
        return false;
    }

    static std::chrono::minutes minute(clock::time_point when) {
        return std::chrono::floor<std::chrono::minutes>(when.time_since_epoch());
    }

    void finish_what_ended(account& sum) {
        while (!under_way_.empty() && under_way_.begin()->first <= now_) {
            const bool was_refused = under_way_.begin()->second;
            under_way_.erase(under_way_.begin());
            if (was_refused) {
                ++sum.deferred;
                subject_.throttled(now_);
            } else {
                subject_.succeeded(now_);
            }
        }
    }

    provider there_;
    kurir::outbound::governor& subject_;
    std::mt19937_64 dice_;
    clock::time_point now_{std::chrono::hours(1)};
    std::multimap<clock::time_point, bool> under_way_;  // when it ends, and whether refused
    std::deque<clock::time_point> taken_;
};

}  // namespace tests
