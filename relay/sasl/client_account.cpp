#include "relay/sasl/client_account.hpp"

#include <cassert>
#include <utility>

#include "relay/sasl/prepare.hpp"

namespace kurir::sasl {

namespace {

std::optional<secret> prepared(const secret& password) {
    auto made = prepare_password(password.text());
    if (!made) return std::nullopt;
    return secret(std::move(*made));
}

}  // namespace

client_account::client_account(client_secrets secrets)
    : secrets_(std::move(secrets)), prepared_(prepared(secrets_.password)) {}

scram_derivation client_account::derived(std::string_view salt, std::uint32_t iterations) const {
    assert(prepared_);
    const std::lock_guard lock(mutex_);
    if (!last_ || last_->salt != salt || last_->iterations != iterations) {
        auto made = derive_scram(prepared_->text(), salt, iterations);
        last_ = derivation{
            .salt = std::string(salt),
            .iterations = iterations,
            .client_key = secret(std::move(made.client_key)),
            .server_key = secret(std::move(made.server_key)),
        };
    }
    return {.client_key = last_->client_key.text(), .server_key = last_->server_key.text()};
}

}  // namespace kurir::sasl
