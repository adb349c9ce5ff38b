// What a client logs in with, shared by all connections to a relayhost. Thread-safe.
//
// SCRAM derives its keys from the password by thousands of hashes, milliseconds of a processor: the
// last result is kept, because a server gives the same salt each time.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "relay/sasl/scram.hpp"
#include "relay/sasl/secret.hpp"

namespace kurir::sasl {

// A password or a token. With both, the token is used first.
struct client_secrets {
    std::string name = {};
    secret password = {};
    secret token = {};  // OAuth 2.0
};

class client_account {
public:
    explicit client_account(client_secrets secrets);

    const std::string& name() const noexcept { return secrets_.name; }
    const secret& password() const noexcept { return secrets_.password; }
    const secret& token() const noexcept { return secrets_.token; }

    // As SCRAM needs it; nothing if it can't be used for SCRAM.
    const std::optional<secret>& prepared_password() const noexcept { return prepared_; }

    // Of the prepared password.
    scram_derivation derived(std::string_view salt, std::uint32_t iterations) const;

private:
    struct derivation {
        std::string salt;
        std::uint32_t iterations = 0;
        secret client_key;
        secret server_key;
    };

    const client_secrets secrets_;
    const std::optional<secret> prepared_;
    mutable std::mutex mutex_;
    mutable std::optional<derivation> last_;
};

}  // namespace kurir::sasl
