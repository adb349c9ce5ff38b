// What the logins of all sessions share: the users, the threads that check passwords and tokens,
// and what failed logins cost. Thread-safe.
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "relay/config/live_config.hpp"
#include "relay/inbound/token_checker.hpp"
#include "relay/users/check.hpp"
#include "relay/users/login_limits.hpp"
#include "relay/users/verifier.hpp"

namespace kurir::inbound {

// They leave half of the processors to the I/O threads: a thread that is woken while hashes run on
// all of them waits for milliseconds, whatever the priorities are.
inline std::size_t login_threads(const config::config& config) noexcept {
    return std::max<std::size_t>(config.threads / 2, 1);
}

class login_desk {
public:
    // `config` must outlive the desk.
    explicit login_desk(const config::live_config& config)
        : verifier({.threads = login_threads(*config.get()), .check = users::matches}),
          config_(config) {
        refresh();
        const auto& terms = config.get()->client_tokens;
        if (terms.given()) tokens.emplace(verifier.pool(), terms);
    }

    // The users as they are configured now: of the next login, in sessions that have begun, too.
    // Empty where only tokens are taken.
    std::shared_ptr<const users::user_table> refresh() {
        const std::lock_guard lock(mutex_);
        auto current = config_.get()->users.table;
        if (current == nullptr) return verifier.table();
        if (current != verifier.table()) verifier.use(current);
        return current;
    }

    users::verifier verifier;
    users::login_limits limits;
    std::optional<token_checker> tokens;  // none: clients can't log in by them

private:
    const config::live_config& config_;
    std::mutex mutex_;
};

}  // namespace kurir::inbound
