// Checks passwords on threads of its own: a hash takes up to a second, during which an I/O thread
// would serve nobody. Thread-safe.
//
//   const auto found = co_await verifier.verify(name, password, now);
//
// A name that is unknown costs what a wrong password of most users costs. A login that succeeded
// is remembered, and not hashed again for five minutes (`remembered.hpp`). At most `waiting_max`
// checks wait at a time; above that, it is busy.
#pragma once

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "relay/net/clock.hpp"
#include "relay/sasl/scram.hpp"
#include "relay/sasl/secret.hpp"
#include "relay/users/check_pool.hpp"
#include "relay/users/remembered.hpp"
#include "relay/users/user_table.hpp"

namespace kurir::users {

enum class verdict : std::uint8_t {
    right,
    wrong,  // the password, or the name
    busy,   // not found out: the client may try again
};

struct verifier_settings {
    std::size_t threads = 2;
    std::size_t waiting_max = 128;                                      // and being checked
    std::function<bool(const stored_secret&, std::string_view)> check;  // `matches`
};

class verifier {
public:
    explicit verifier(verifier_settings settings);

    verifier(const verifier&) = delete;
    verifier& operator=(const verifier&) = delete;

    // The program ends: those that wait are answered with `busy`, and so is everybody from now on.
    void stop() noexcept { pool_.stop(); }

    // Its threads, for others who have something to check. Lives as long as the verifier.
    check_pool& pool() noexcept { return pool_; }

    // From now on. Checks in progress end with the users that they began with.
    void use(std::shared_ptr<const user_table> table);
    std::shared_ptr<const user_table> table() const;

    // Resumes on the caller's executor. Can't be cancelled.
    boost::asio::awaitable<verdict> verify(
        std::string name, sasl::secret password, net::clock::time_point now
    );

    // For SCRAM. A user without keys, or an unknown one, gets keys that fit no password; the same
    // ones as long as this process runs.
    sasl::scram_keys keys_of(const std::string& name) const;

private:
    struct check;

    verdict run(const check& wanted);

    const verifier_settings settings_;
    const std::string key_;  // of keys for nobody
    mutable std::mutex mutex_;
    std::shared_ptr<const user_table> table_;
    remembered_logins remembered_;
    check_pool pool_;  // last, because its threads use the others
};

}  // namespace kurir::users
