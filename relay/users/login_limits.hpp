// What failed logins cost those who try: a delay that grows, then no more logins for a while.
//
//   if (limits.shut(login, now)) ...421...
//   ...check the password...
//   wait(limits.failed(login, now)), 535        or        limits.succeeded(login, now)
//
// Failures are counted for the network that they come from and for the name that is tried, and are
// forgotten one by one. Where the two got through together a short while ago, only their own
// failures count: many applications may stand behind one address, and one with an old password
// must not shut the others out; nor may somebody who tries a user's passwords from elsewhere shut
// that user out.
//
// Pure, in the caller's time. Thread-safe; memory is bounded (`recent_map`).
#pragma once

#include <chrono>
#include <cstddef>
#include <mutex>
#include <string>

#include "relay/base/recent_map.hpp"
#include "relay/net/clock.hpp"

namespace kurir::users {

// How many were counted; one is forgotten after each `forget_after`.
class fading_count {
public:
    static constexpr std::chrono::minutes forget_after{1};

    double at(net::clock::time_point now) const;
    void add(net::clock::time_point now);

private:
    net::clock::time_point empty_at_{};  // when the last will be forgotten
};

class login_limits {
public:
    static constexpr std::chrono::hours welcome_for{24};  // after a success
    static constexpr double failures_max = 20;            // remembered at a time
    static constexpr std::chrono::milliseconds first_delay{500};
    static constexpr std::chrono::milliseconds longest_delay{10'000};

    struct login {
        std::string network;
        std::string name;  // empty: not known, and then only the network counts
    };

    // No more logins of this kind now: the password is not even looked at.
    bool shut(const login& tried, net::clock::time_point now);

    // The time that the refusal is held back for: doubled with each failure that is remembered.
    net::clock::duration failed(const login& tried, net::clock::time_point now);

    void succeeded(const login& tried, net::clock::time_point now);

    // Of all tables.
    std::size_t size();

private:
    using counts = base::recent_map<fading_count>;

    bool is_welcome(const std::string& pair, net::clock::time_point now) const;
    double worst(const login& tried, net::clock::time_point now) const;

    std::mutex mutex_;
    counts by_network_;
    counts by_name_;
    counts by_pair_;                                          // of those who are welcome
    base::recent_map<net::clock::time_point> welcome_until_;  // by network and name
};

}  // namespace kurir::users
