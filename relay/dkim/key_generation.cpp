#include "relay/dkim/key_generation.hpp"

#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <cassert>
#include <stdexcept>

#include "relay/dkim/native_key.hpp"

namespace kurir::dkim {

std::string generate_key(algorithm kind, unsigned int rsa_bits) {
    assert(rsa_bits == 2048 || rsa_bits == 4096);
    const native_key key(
        kind == algorithm::rsa ? EVP_RSA_gen(rsa_bits)
                               : ::EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"),
        ::EVP_PKEY_free
    );
    const std::unique_ptr<BIO, decltype(&BIO_free)> text(::BIO_new(::BIO_s_secmem()), ::BIO_free);
    char* bytes = nullptr;
    if (!key || !text ||
        ::PEM_write_bio_PKCS8PrivateKey(
            text.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr
        ) != 1) {
        throw std::runtime_error("OpenSSL can't make a key");
    }
    const auto size = BIO_get_mem_data(text.get(), &bytes);
    return {bytes, static_cast<std::size_t>(size)};
}

}  // namespace kurir::dkim
