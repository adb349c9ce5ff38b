#include "relay/users/check.hpp"

#include <crypt.h>
#include <openssl/crypto.h>

#include <memory>
#include <string>

#include "relay/sasl/digest.hpp"
#include "relay/sasl/prepare.hpp"

namespace kurir::users {

namespace {

// The C library's workspace, 32 KiB: one for each thread, and wiped after each use.
crypt_data& workspace() {
    thread_local const auto mine = std::make_unique<crypt_data>();
    return *mine;
}

bool matches(const crypt_hash& stored, std::string_view password) {
    sasl::secret phrase{std::string(password)};
    auto& data = workspace();
    const char* hash = crypt_r(phrase.text().c_str(), stored.text.c_str(), &data);
    const bool same = hash != nullptr && sasl::equal_secrets(hash, stored.text);
    OPENSSL_cleanse(&data, sizeof data);
    return same;
}

// As it is prepared; what can't be is compared as it is, so that it takes as long.
std::string prepared(std::string_view password) {
    return sasl::prepare_password(password).value_or(std::string(password));
}

bool matches(const sasl::scram_keys& stored, std::string_view password) {
    const auto made = sasl::make_scram_keys(prepared(password), stored.salt, stored.iterations);
    return sasl::equal_secrets(made.stored_key, stored.stored_key);
}

// By hashes, so that not even the length can be told by the time it takes.
bool matches(const sasl::secret& stored, std::string_view password) {
    return sasl::equal_secrets(
        sasl::sha256(prepared(password)), sasl::sha256(prepared(stored.text()))
    );
}

}  // namespace

bool matches(const stored_secret& stored, std::string_view password) {
    return std::visit([password](const auto& kind) { return matches(kind, password); }, stored);
}

}  // namespace kurir::users
