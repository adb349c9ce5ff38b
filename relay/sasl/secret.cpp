#include "relay/sasl/secret.hpp"

#include <openssl/crypto.h>

namespace kurir::sasl {

void wipe(std::string& text) noexcept {
    OPENSSL_cleanse(text.data(), text.size());
    text.clear();
}

}  // namespace kurir::sasl
