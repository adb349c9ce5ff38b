// Logins that succeeded a moment ago, so that a client that logs in for each message pays for one
// hash and not for thousands. Thread-safe; memory is bounded.
//
// Nothing of a password is kept: what is remembered is an HMAC under a key of this process, over
// name, line and password. A line that changes is another.
#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "relay/net/clock.hpp"
#include "relay/users/user_table.hpp"

namespace kurir::users {

class remembered_logins {
public:
    static constexpr std::chrono::minutes lifetime{5};
    static constexpr std::size_t logins_max = 10'000;

    remembered_logins();

    // What stands for this password of this user.
    std::string tag_of(const user& known, std::string_view password) const;

    bool knows(const std::string& tag, net::clock::time_point now);

    // Until `lifetime` later, however often it is asked for. The oldest go first.
    void remember(const std::string& tag, net::clock::time_point now);

    std::size_t size() const;

private:
    void forget(net::clock::time_point now);

    const std::string key_;
    mutable std::mutex mutex_;
    std::unordered_map<std::string, net::clock::time_point> until_;
    std::deque<std::string> oldest_first_;
};

}  // namespace kurir::users
