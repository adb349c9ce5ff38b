#include "relay/users/hash_password.hpp"

#include <crypt.h>
#include <openssl/crypto.h>

#include <array>
#include <memory>

#include "relay/sasl/base64.hpp"
#include "relay/sasl/digest.hpp"
#include "relay/sasl/prepare.hpp"
#include "relay/sasl/scram.hpp"
#include "relay/sasl/secret.hpp"

namespace kurir::users {

std::optional<std::string> hash_by_yescrypt(std::string_view password) {
    if (password.empty() || password.size() >= CRYPT_MAX_PASSPHRASE_SIZE ||
        password.find('\0') != password.npos) {
        return std::nullopt;
    }
    std::array<char, CRYPT_GENSALT_OUTPUT_SIZE> setting{};
    const auto size = static_cast<int>(setting.size());
    if (crypt_gensalt_rn("$y$", 0, nullptr, 0, setting.data(), size) == nullptr) {
        return std::nullopt;
    }
    const auto data = std::make_unique<crypt_data>();
    const sasl::secret phrase{std::string(password)};
    const char* hash = crypt_r(phrase.text().c_str(), setting.data(), data.get());
    auto made = hash != nullptr && *hash == '$' ? std::optional<std::string>(hash) : std::nullopt;
    OPENSSL_cleanse(data.get(), sizeof *data);
    return made;
}

std::optional<std::string> hash_for_scram(std::string_view password) {
    constexpr std::size_t salt_size = 16;
    auto prepared = sasl::prepare_password(password);
    if (!prepared) return std::nullopt;
    const sasl::secret phrase(std::move(*prepared));
    const auto keys = sasl::make_scram_keys(
        phrase.text(), sasl::random_bytes(salt_size), sasl::scram_iterations_ours
    );
    return "{SCRAM-SHA-256}" + std::to_string(keys.iterations) + ':' +
           sasl::encode_base64(keys.salt) + '$' + sasl::encode_base64(keys.stored_key) + ':' +
           sasl::encode_base64(keys.server_key);
}

}  // namespace kurir::users
