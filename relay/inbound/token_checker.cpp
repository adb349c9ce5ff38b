#include "relay/inbound/token_checker.hpp"

#include <utility>

namespace kurir::inbound {

namespace asio = boost::asio;
using tokens::token_fault;
using outcome = metrics::login_outcome;

token_checker::token_checker(users::check_pool& pool, const config::client_tokens& terms)
    : pool_(pool),
      terms_{
          .issuer = terms.issuer,
          .audiences = terms.audiences,
          .user_claim = terms.user_claim,
      } {}

void token_checker::use(shared_keys keys) {
    const std::lock_guard lock(mutex_);
    keys_ = std::move(keys);
}

shared_keys token_checker::keys() const {
    const std::lock_guard lock(mutex_);
    return keys_;
}

asio::awaitable<base::result<std::string, token_refusal>> token_checker::check(
    sasl::secret token, std::string claimed, base::sys_milliseconds utc
) {
    const auto before = keys();
    auto found = co_await check_by(before, token, claimed, utc);
    const bool lacks_key = !found && (found.error().outcome == outcome::no_keys ||
                                      found.error().fault == token_fault::unknown_key);
    if (!lacks_key || !renewal_) co_return found;
    co_await renewal_();
    auto after = keys();
    if (after == before) co_return found;
    co_return co_await check_by(std::move(after), std::move(token), std::move(claimed), utc);
}

asio::awaitable<base::result<std::string, token_refusal>> token_checker::check_by(
    shared_keys keys, sasl::secret token, std::string claimed, base::sys_milliseconds utc
) {
    if (keys == nullptr) co_return token_refusal{.outcome = outcome::no_keys};
    auto checked = co_await pool_.run<user>([this,
                                             keys = std::move(keys),
                                             token = std::move(token),
                                             claimed = std::move(claimed),
                                             utc] {
        return tokens::user_of_token(token.text(), claimed, *keys, terms_, utc);
    });
    if (!checked) co_return token_refusal{.outcome = outcome::busy};
    if (!*checked) co_return token_refusal{.fault = checked->error()};
    co_return std::move(**checked);
}

}  // namespace kurir::inbound
