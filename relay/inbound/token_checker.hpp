// Checks the tokens of clients by the keys of their issuer, on the threads of a pool: a signature
// is no work for an I/O thread. Thread-safe.
//
//   const auto user = co_await checker.check(token, name_that_the_client_claims, utc);
#pragma once

#include <boost/asio/awaitable.hpp>

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "metrics/labels.hpp"
#include "relay/base/result.hpp"
#include "relay/base/utc.hpp"
#include "relay/config/client_tokens.hpp"
#include "relay/sasl/secret.hpp"
#include "relay/tokens/check.hpp"
#include "relay/tokens/key_set.hpp"
#include "relay/users/check_pool.hpp"

namespace kurir::inbound {

using shared_keys = std::shared_ptr<const tokens::key_set>;

// Tries to get newer keys, if it is time for that, and ends when it has got them or has failed.
using key_renewal = std::function<boost::asio::awaitable<void>()>;

struct token_refusal {
    metrics::login_outcome outcome = metrics::login_outcome::wrong;
    std::optional<tokens::token_fault> fault = {};  // of a token that is wrong
};

class token_checker {
public:
    // `pool` must outlive the checker.
    token_checker(users::check_pool& pool, const config::client_tokens& terms);

    // The keys from now on; at first there are none.
    void use(shared_keys keys);

    // Before the first check. Keys from a file are not renewed.
    void renew_by(key_renewal renewal) { renewal_ = std::move(renewal); }

    // The name of the token's user. `claimed`: who the client says it is; may be empty. A token
    // whose key is unknown is checked once more, after the keys were renewed.
    boost::asio::awaitable<base::result<std::string, token_refusal>> check(
        sasl::secret token, std::string claimed, base::sys_milliseconds utc
    );

private:
    using user = base::result<std::string, tokens::token_fault>;

    shared_keys keys() const;
    boost::asio::awaitable<base::result<std::string, token_refusal>> check_by(
        shared_keys keys, sasl::secret token, std::string claimed, base::sys_milliseconds utc
    );

    users::check_pool& pool_;
    const tokens::token_terms terms_;
    key_renewal renewal_;
    mutable std::mutex mutex_;
    shared_keys keys_;
};

}  // namespace kurir::inbound
