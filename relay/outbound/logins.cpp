#include "relay/outbound/logins.hpp"

#include "relay/base/text.hpp"
#include "relay/config/named_relayhost.hpp"
#include "relay/config/route_rules.hpp"
#include "relay/log/log.hpp"
#include "relay/outbound/login_verdict.hpp"
#include "relay/outbound/printable.hpp"

namespace kurir::outbound {

namespace asio = boost::asio;

asio::awaitable<base::result<relayhost_credential, verdict>> logins::find(std::string name) {
    const auto config = config_.get();
    const auto& login = login_named(*config, name);
    std::string token;
    if (login.has_tokens() && tokens_ != nullptr) {
        auto found = co_await tokens_->token(name);
        if (!found) {
            auto trouble = no_token(name, found.error().text);
            if (!found.error().stopping) {
                count(name, metrics::login_result::no_token);
                failed(name, {}, trouble);
            }
            co_return trouble;
        }
        token = std::move(*found);
    }
    co_return relayhost_credential{
        .name = name,
        .account = account_for(name, login, std::move(token)),
        .in_clear = login.insecure,
    };
}

std::shared_ptr<const sasl::client_account> logins::account_for(
    const std::string& name, const config::relayhost_login& login, std::string token
) {
    const std::lock_guard guard(mutex_);
    auto& known = known_[name];
    if (!known.account || known.login != login || known.token != token) {
        known = {
            .login = login,
            .token = token,
            .account = std::make_shared<const sasl::client_account>(sasl::client_secrets{
                .name = login.username,
                .password = sasl::secret(login.password),
                .token = sasl::secret(std::move(token)),
            }),
        };
    }
    return known.account;
}

asio::awaitable<bool> logins::ended(
    relayhost_credential credential, login_attempt attempt, std::optional<verdict> trouble
) {
    const auto& token = credential.account->token().text();
    if (!trouble) {
        if (!token.empty() && tokens_ != nullptr) tokens_->accepted(credential.name, token);
        count(credential.name, metrics::login_result::ok);
        succeeded(credential, attempt);
        co_return false;
    }
    // Without the TLS that is asked for it does not come to a login.
    if (!is_of_login(*trouble) && trouble->cause != cause::tls) co_return false;
    count(credential.name, result_of_login(*trouble));
    const bool by_token = attempt.mechanism == "OAUTHBEARER" || attempt.mechanism == "XOAUTH2";
    if (by_token && tokens_ != nullptr && is_wrong_credential(*trouble)) {
        const bool again = co_await tokens_->refused(credential.name, token);
        if (again) co_return true;
    }
    failed(credential.name, attempt, *trouble);
    co_return false;
}

void logins::count(const std::string& name, metrics::login_result result) {
    const auto at = metrics_.names.index_of(name);
    metrics_.relayhost_logins_total(at, result).inc();
    metrics_.relayhost_login_failing(at).set(result == metrics::login_result::ok ? 0 : 1);
}

// Said of the first login, of one after failures, and of one by another mechanism.
void logins::succeeded(const relayhost_credential& credential, const login_attempt& attempt) {
    {
        const std::lock_guard guard(mutex_);
        const bool failed_before = failing_.erase(credential.name) > 0;
        auto& mechanism = mechanisms_[credential.name];
        if (!failed_before && mechanism == attempt.mechanism) return;
        mechanism = attempt.mechanism;
    }
    log::event(log::level::notice, "relayhost_login")
        .with("what", "accepted")
        .with("relayhost", credential.name)
        .with("host", attempt.host)
        .with("mechanism", attempt.mechanism);
}

void logins::failed(const std::string& name, const login_attempt& attempt, const verdict& trouble) {
    {
        const std::lock_guard guard(mutex_);
        failing_[name] = trouble.diagnostic;
    }
    const bool has_tokens = login_named(*config_.get(), name).has_tokens();
    log::event line(log::level::warning, "relayhost_login");
    line.with("what", "failed").with("relayhost", name);
    if (!attempt.host.empty()) line.with("host", attempt.host);
    if (!attempt.mechanism.empty()) line.with("mechanism", attempt.mechanism);
    line.with("response", trouble.diagnostic);
    if (!attempt.complaint.empty()) line.with("complaint", printable(attempt.complaint));
    line.with(
        "advice",
        "mail stays in the queue; " +
            login_advice(trouble, variable_of_credential(name), has_tokens)
    );
}

std::vector<std::pair<std::string, std::string>> logins::failing() const {
    const std::lock_guard guard(mutex_);
    return {failing_.begin(), failing_.end()};
}

std::vector<std::string> credential_names(const config::config& config) {
    std::vector<std::string> all;
    if (config.relayhost_login.wanted()) all.emplace_back(config::default_route);
    for (const auto& [name, login] : config.relayhost_logins) {
        if (login.wanted()) all.push_back(name);
    }
    return all;
}

std::vector<std::string> changed_credentials(
    const config::config& before, const config::config& after
) {
    auto names = credential_names(after);
    std::erase_if(names, [&](const std::string& each) {
        return login_named(before, each) == login_named(after, each);
    });
    return names;
}

const config::relayhost_login& login_named(const config::config& config, const std::string& name) {
    return config::login_of(config, name == config::default_route ? std::string() : name);
}

std::string variable_of_credential(const std::string& name) {
    const std::string variable = "KURIR_RELAYHOST";
    return name == config::default_route ? variable : variable + '_' + base::uppered(name);
}

}  // namespace kurir::outbound
