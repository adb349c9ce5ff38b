// A simulated mail provider that refuses for reasons of every kind, and a relay with mail of
// several tenants for it, in simulated time: the governor alone decides what is tried when.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <deque>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "relay/outbound/governor.hpp"

namespace tests {

using kurir::outbound::answer;

// Errors at random, whatever is sent.
enum class fault : std::uint8_t {
    none,
    refuses,        // 4xx at MAIL, RCPT, DATA or the end of data; the connection goes on
    closes,         // 421, or the connection is lost, in a transaction
    greets_badly,   // 421, or the connection is lost, before the first message
    greylists,      // 450 to recipients that are new, in words that nobody knows
    counts_errors,  // hangs up on every fifth message with an error, which is a 550 else
};

struct provider {
    std::size_t connections = 1000;    // at a time
    std::size_t messages = 1'000'000;  // in `window`
    std::chrono::seconds window{60};
    bool sliding = false;  // the minute before each message, not the one on the clock
    std::chrono::milliseconds latency{200};

    std::size_t of_tenant = 1'000'000;  // messages a minute of one tenant
    std::set<std::size_t> unwanted{};   // tenants all of whose mail is refused
    fault err = fault::none;
    double err_share = 0;

    answer refusal = answer::refused;  // how limits are told
    bool says_so = false;              // in words that we know
    bool brief = false;                // a refused connection is gone at once
    bool refuses_newest = false;       // of too many connections, the newest are refused
};

struct sender {
    double a_second = 1e9;   // messages offered; a billion: always more than can be sent
    double own_trouble = 0;  // part of its messages that any server puts off
    std::chrono::seconds start{0};
};

class provider_simulation {
public:
    using clock = kurir::net::clock;
    using governor = kurir::outbound::governor;

    provider_simulation(
        provider remote, governor& subject, std::uint64_t seed, std::vector<sender> senders = {{}}
    )
        : remote_(std::move(remote)), subject_(subject), dice_(seed) {
        for (const auto& each : senders)
            senders_.push_back({.traits = each, .since = now_ + each.start});
    }

    struct account {
        std::size_t attempts = 0;
        std::size_t deferred = 0;
        double deferred_part() const {
            return static_cast<double>(deferred) /
                   static_cast<double>(std::max<std::size_t>(attempts, 1));
        }
        double a_minute = 0;          // messages that went out
        std::vector<double> taken{};  // of each sender
    };

    account run(std::chrono::milliseconds time) {
        account sum;
        sum.taken.resize(senders_.size());
        const auto end = now_ + time;
        while (now_ < end) {
            start_what_may(sum);
            now_ = std::max(now_ + std::chrono::microseconds(1), std::min(next_event(), end));
            finish_what_ended(sum);
        }
        const auto delivered = static_cast<double>(sum.attempts - sum.deferred);
        sum.a_minute = delivered * 60'000 / static_cast<double>(time.count());
        return sum;
    }

    void change(provider remote) { remote_ = std::move(remote); }
    clock::time_point now() const { return now_; }

private:
    struct source {
        sender traits;
        clock::time_point since;
        double sent = 0;
    };
    struct kept {
        std::size_t errors = 0;  // so far
        bool served = false;
        std::size_t number = 0;  // the newer, the higher
    };
    struct flight {
        governor::attempt attempt;
        answer outcome = answer::taken;
        bool error = false;  // taken, as a 550
        bool lost = false;   // the connection ends with it
        std::size_t tenant = 0;
        kept connection = {};
    };
    std::size_t served(const kept& taking) const {
        const auto idle = std::ranges::count_if(idle_, &kept::served);
        const auto busy = std::ranges::count_if(under_way_, [](const auto& each) {
            return each.second.connection.served;
        });
        return static_cast<std::size_t>(idle + busy) + (taking.served ? 1 : 0);
    }

    static std::string name(std::size_t number) { return "tenant" + std::to_string(number); }

    bool has_mail(const source& each) const {
        if (now_ < each.since) return false;
        const std::chrono::duration<double> passed = now_ - each.since;
        return each.sent < passed.count() * each.traits.a_second;
    }

    void start_what_may(account& sum) {
        while (under_way_.size() < subject_.concurrency(now_) && subject_.not_before(now_) <= now_
        ) {
            if (!start_one(sum)) return;
        }
    }

    bool start_one(account& sum) {
        for (std::size_t i = 0; i < senders_.size(); ++i) {
            turn_ = (turn_ + 1) % senders_.size();
            if (!has_mail(senders_[turn_])) continue;
            if (subject_.not_before(name(turn_), now_) > now_) continue;
            senders_[turn_].sent += 1;
            ++sum.attempts;
            begin(turn_);
            return true;
        }
        return false;
    }

    void begin(std::size_t tenant) {
        kept connection = {};
        const bool fresh = idle_.empty();
        if (fresh) {
            connection.number = ++opened_;
        } else {
            connection = idle_.back();
            idle_.pop_back();
        }
        const governor::connection its{
            .open = under_way_.size() + idle_.size() + 1,
            .served = served(connection),
            .fresh = !connection.served,
        };
        flight made{.attempt = subject_.started(name(tenant), its, true, now_), .tenant = tenant};
        made.connection = connection;
        decide(made, fresh);
        const auto least = remote_.latency / 2;
        std::uniform_int_distribution<std::chrono::milliseconds::rep> any(
            least.count(), remote_.latency.count() * 3 / 2
        );
        auto takes = std::chrono::milliseconds(any(dice_));
        const bool quick = remote_.brief && made.outcome != answer::taken;
        if (quick) takes /= 10;
        under_way_.emplace(now_ + takes, std::move(made));
    }

    void decide(flight& made, bool fresh) {
        if (chance(senders_[made.tenant].traits.own_trouble) ||
            remote_.unwanted.contains(made.tenant)) {
            made.outcome = answer::refused;
        } else if (too_many_connections(made.connection)) {
            made.outcome = remote_.refusal;
            made.lost = true;
            refused_open_ += remote_.brief ? 1 : 0;
        } else if (too_many_messages(all_)) {
            made.outcome = remote_.refusal;
            made.lost = remote_.refusal == answer::no_session;
        } else if (too_many_of(made.tenant)) {
            made.outcome = answer::refused;
        } else {
            err(made, fresh);
        }
    }

    bool too_many_connections(const kept& asking) const {
        if (remote_.refuses_newest) return older(asking) >= remote_.connections;
        return under_way_.size() + idle_.size() - refused_open_ >= remote_.connections;
    }

    std::size_t older(const kept& asking) const {
        const auto is_older = [&](const kept& other) { return other.number < asking.number; };
        const auto idle = std::ranges::count_if(idle_, is_older);
        const auto busy = std::ranges::count_if(under_way_, [&](const auto& each) {
            return is_older(each.second.connection);
        });
        return static_cast<std::size_t>(idle + busy);
    }

    void err(flight& made, bool fresh) {
        const bool hit = chance(remote_.err_share);
        switch (remote_.err) {
            case fault::refuses:
            case fault::greylists:
                if (hit) made.outcome = answer::refused;
                break;
            case fault::closes:
                if (hit) made.outcome = answer::refused;
                made.lost = hit;
                break;
            case fault::greets_badly:
                if (fresh && hit) made.outcome = answer::no_session;
                made.lost = hit;
                break;
            case fault::counts_errors:
                made.error = hit;
                if (hit && ++made.connection.errors >= 5) {
                    made.outcome = answer::refused;
                    made.lost = true;
                }
                break;
            case fault::none:
                break;
        }
    }

    bool too_many_messages(std::deque<clock::time_point>& taken) {
        if (over(taken, remote_.messages)) return true;
        taken.push_back(now_);
        return false;
    }
    bool too_many_of(std::size_t tenant) {
        auto& taken = of_tenant_[tenant];
        if (over(taken, remote_.of_tenant)) return true;
        taken.push_back(now_);
        return false;
    }
    bool over(std::deque<clock::time_point>& taken, std::size_t most) const {
        if (remote_.sliding) {
            while (!taken.empty() && now_ - taken.front() >= remote_.window)
                taken.pop_front();
        } else if (!taken.empty() && window_of(taken.front()) != window_of(now_)) {
            taken.clear();
        }
        return taken.size() >= most;
    }

    bool chance(double share) {
        return share > 0 && std::uniform_real_distribution<double>(0, 1)(dice_) < share;
    }

    std::int64_t window_of(clock::time_point time) const {
        return time.time_since_epoch() / remote_.window;
    }

    clock::time_point next_event() const {
        auto next = under_way_.empty() ? clock::time_point::max() : under_way_.begin()->first;
        if (under_way_.size() >= subject_.concurrency(now_)) {
            return subject_.suspended(now_) ? std::min(next, subject_.suspended_until()) : next;
        }
        const auto allowed = subject_.not_before(now_);
        if (allowed > now_) return std::min(next, allowed);
        for (std::size_t i = 0; i < senders_.size(); ++i) {
            const auto& each = senders_[i];
            const std::chrono::duration<double> due(each.sent / each.traits.a_second);
            const auto mail = each.since + std::chrono::ceil<clock::duration>(due);
            next = std::min(next, std::max(mail, subject_.not_before(name(i), now_)));
        }
        return next;
    }

    void finish_what_ended(account& sum) {
        while (!under_way_.empty() && under_way_.begin()->first <= now_) {
            auto done = std::move(under_way_.begin()->second);
            under_way_.erase(under_way_.begin());
            if (done.outcome != answer::taken) {
                ++sum.deferred;
            } else {
                sum.taken[done.tenant] += 1;
            }
            if (done.lost && remote_.brief && refused_open_ > 0) --refused_open_;
            if (done.outcome == answer::taken) done.connection.served = true;
            if (!done.lost) idle_.push_back(done.connection);
            subject_.ended(done.attempt, done.outcome, remote_.says_so && done.lost, now_);
        }
        // Connections without work beyond what is wanted go home.
        while (!idle_.empty() && idle_.size() + under_way_.size() > subject_.concurrency(now_))
            idle_.pop_back();
    }

    provider remote_;
    governor& subject_;
    std::mt19937_64 dice_;
    clock::time_point now_{std::chrono::hours(1)};
    std::vector<source> senders_;
    std::size_t turn_ = 0;
    std::multimap<clock::time_point, flight> under_way_;  // by when it ends
    std::vector<kept> idle_;                              // connections
    std::size_t refused_open_ = 0;
    std::size_t opened_ = 0;
    std::deque<clock::time_point> all_;
    std::map<std::size_t, std::deque<clock::time_point>> of_tenant_;
};

}  // namespace tests
