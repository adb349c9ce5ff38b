// The credentials for relayhosts, by the names that routes give them; how logins went.
//
// A credential is made from the configuration as it is when a connection is opened, so that a new
// password counts from the next connection on. What is derived from a password is kept as long as
// the password is the same. Thread-safe.
#pragma once

#include <boost/asio/awaitable.hpp>

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "metrics/relayhosts.hpp"
#include "relay/base/result.hpp"
#include "relay/config/live_config.hpp"
#include "relay/outbound/verdict.hpp"
#include "relay/sasl/client_account.hpp"

namespace kurir::outbound {

// Why there is no token, as the end of a sentence.
struct token_trouble {
    std::string text;
    bool stopping = false;  // nothing is wrong, but the relay is shutting down
};

// Gives tokens (OAuth 2.0) for relayhosts, by their credentials' names.
class token_source {
public:
    virtual ~token_source() = default;

    // A token that can be used now.
    virtual boost::asio::awaitable<base::result<std::string, token_trouble>> token(
        const std::string& name
    ) = 0;

    // The relayhost has refused it. True if another one can be had.
    virtual boost::asio::awaitable<bool> refused(const std::string& name, std::string token) = 0;

    // The relayhost has taken it.
    virtual void accepted(const std::string& name, const std::string& token) = 0;
};

struct relayhost_credential {
    std::string name;  // of the relayhost; config::default_route: KURIR_RELAYHOST
    std::shared_ptr<const sasl::client_account> account;
    bool in_clear = false;  // may be sent without TLS
};

// How a login was tried.
struct login_attempt {
    std::string host = {};
    std::string mechanism = {};  // empty: none was begun
    std::string complaint = {};  // what the server said inside the mechanism
};

class logins {
public:
    // `tokens`: may be null where no relayhost needs any. All must outlive this.
    logins(
        const config::live_config& config, metrics::relayhosts& metrics, token_source* tokens
    ) noexcept
        : config_(config), metrics_(metrics), tokens_(tokens) {}

    // Of this name; or why there is none just now.
    boost::asio::awaitable<base::result<relayhost_credential, verdict>> find(std::string name);

    // A login has ended: `trouble` is what became of the session, nothing if all is well. Counts
    // and logs it. True if there is a fresh token, by which it may be tried once more.
    boost::asio::awaitable<bool> ended(
        relayhost_credential credential, login_attempt attempt, std::optional<verdict> trouble
    );

    // The names of the relayhosts whose last login failed, with the reason.
    std::vector<std::pair<std::string, std::string>> failing() const;

private:
    struct entry {
        config::relayhost_login login;
        std::string token;
        std::shared_ptr<const sasl::client_account> account;
    };

    std::shared_ptr<const sasl::client_account> account_for(
        const std::string& name, const config::relayhost_login& login, std::string token
    );
    void count(const std::string& name, metrics::login_result result);
    void succeeded(const relayhost_credential& credential, const login_attempt& attempt);
    void failed(const std::string& name, const login_attempt& attempt, const verdict& trouble);

    const config::live_config& config_;
    metrics::relayhosts& metrics_;
    token_source* const tokens_;

    mutable std::mutex mutex_;
    std::map<std::string, entry> known_;
    std::map<std::string, std::string> failing_;     // by name: why
    std::map<std::string, std::string> mechanisms_;  // by name: the mechanism of the last login
};

// The names of all credentials of a configuration.
std::vector<std::string> credential_names(const config::config& config);

// The names of those that are others in `after`.
std::vector<std::string> changed_credentials(
    const config::config& before, const config::config& after
);

// The login that a credential of this name stands for, and how its settings begin.
const config::relayhost_login& login_named(const config::config& config, const std::string& name);
std::string variable_of_credential(const std::string& name);

}  // namespace kurir::outbound
