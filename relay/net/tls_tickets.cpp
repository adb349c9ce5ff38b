#include "relay/net/tls_tickets.hpp"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <array>
#include <span>
#include <stdexcept>
#include <tuple>
#include <utility>

namespace kurir::net {

namespace {

void fill_at_random(std::span<unsigned char> bytes) {
    if (::RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) {
        throw std::runtime_error("no random bytes");
    }
}

using kept_vault = std::shared_ptr<ticket_vault>;

void release(void*, void* kept, CRYPTO_EX_DATA*, int, long, void*) {
    delete static_cast<kept_vault*>(kept);
}

int vault_index() {
    static const int index = ::SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, release);
    return index;
}

// Looked up once: a search in each handshake is slow.
const EVP_CIPHER* cipher() {
    static const std::unique_ptr<EVP_CIPHER, void (*)(EVP_CIPHER*)> found(
        ::EVP_CIPHER_fetch(nullptr, "AES-256-CBC", nullptr), ::EVP_CIPHER_free
    );
    return found.get();
}

bool use_digest(EVP_MAC_CTX* mac, const ticket_keys::key& key) {
    std::array<char, 7> digest{"SHA256"};
    const std::array<OSSL_PARAM, 2> parameters{
        ::OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest.data(), 0),
        ::OSSL_PARAM_construct_end(),
    };
    return ::EVP_MAC_init(mac, key.digest.data(), key.digest.size(), parameters.data()) == 1;
}

constexpr int failed = -1;
constexpr int no_ticket = 0;
constexpr int good = 1;
constexpr int good_and_renew = 2;

int seal(
    ticket_vault& keys,
    unsigned char* name,
    unsigned char* iv,
    EVP_CIPHER_CTX* body,
    EVP_MAC_CTX* mac
) {
    const auto key = keys.current();
    std::ranges::copy(key.name, name);
    if (::RAND_bytes(iv, ::EVP_CIPHER_get_iv_length(cipher())) != 1) return failed;
    if (::EVP_EncryptInit_ex2(body, cipher(), key.cipher.data(), iv, nullptr) != 1) return failed;
    return use_digest(mac, key) ? good : failed;
}

int open(
    ticket_vault& keys,
    const unsigned char* name,
    unsigned char* iv,
    EVP_CIPHER_CTX* body,
    EVP_MAC_CTX* mac
) {
    ticket_keys::key_name wanted{};
    std::copy_n(name, wanted.size(), wanted.begin());
    const auto found = keys.find(wanted);
    if (!found) return no_ticket;
    const auto& key = found->of_ticket;
    if (::EVP_DecryptInit_ex2(body, cipher(), key.cipher.data(), iv, nullptr) != 1) return failed;
    if (!use_digest(mac, key)) return failed;
    return found->is_old ? good_and_renew : good;
}

// Called by OpenSSL for each ticket that it makes or has been given.
int protect(
    SSL* connection,
    unsigned char* name,
    unsigned char* iv,
    EVP_CIPHER_CTX* body,
    EVP_MAC_CTX* mac,
    int seals
) noexcept {
    auto* context = ::SSL_get_SSL_CTX(connection);
    const auto* kept = static_cast<kept_vault*>(::SSL_CTX_get_ex_data(context, vault_index()));
    auto& keys = **kept;
    try {
        return seals != 0 ? seal(keys, name, iv, body, mac) : open(keys, name, iv, body, mac);
    } catch (const std::exception&) {
        return failed;
    }
}

}  // namespace

ticket_vault::ticket_vault() : keys_(fill_at_random) {}

ticket_keys::key ticket_vault::current() {
    const std::lock_guard lock(mutex_);
    return keys_.current(clock::now());
}

std::optional<ticket_keys::found> ticket_vault::find(const ticket_keys::key_name& name) {
    const std::lock_guard lock(mutex_);
    return keys_.find(name, clock::now());
}

bool use_ticket_keys(SSL_CTX* context, std::shared_ptr<ticket_vault> keys) {
    auto kept = std::make_unique<kept_vault>(std::move(keys));
    if (::SSL_CTX_set_ex_data(context, vault_index(), kept.get()) != 1) return false;
    std::ignore = kept.release();
    return ::SSL_CTX_set_tlsext_ticket_key_evp_cb(context, protect) == 1;
}

}  // namespace kurir::net
