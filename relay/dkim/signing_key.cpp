#include "relay/dkim/signing_key.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>

#include <cassert>
#include <stdexcept>
#include <utility>

#include "relay/base/hexadecimal.hpp"
#include "relay/dkim/native_key.hpp"
#include "relay/sasl/digest.hpp"

namespace kurir::dkim {

namespace {

using hash_context = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;

void require_signing(bool done) {
    if (done) return;
    ::ERR_clear_error();
    throw std::runtime_error("OpenSSL can't sign");
}

// Nobody is there to type a pass phrase.
int no_pass_phrase(char* /*room*/, int /*size*/, int /*writes*/, void* asked) {
    *static_cast<bool*>(asked) = true;
    return -1;
}

std::string fault_of_unreadable(const std::string& pem, bool encrypted) {
    if (encrypted) return "is protected by a pass phrase, which nobody can type in";
    if (pem.find("-----BEGIN ") == pem.npos) return "is no key in PEM";
    if (pem.find("PUBLIC KEY-----") != pem.npos) return "is a public key, not a private one";
    if (pem.find("PRIVATE KEY-----") == pem.npos) return "has no private key";
    return "has a private key that is damaged";
}

// Ready to sign with the key; copies of it need no look-up and no check of the key.
native_context prepare_rsa(EVP_PKEY* key) {
    native_context made(::EVP_PKEY_CTX_new(key, nullptr), ::EVP_PKEY_CTX_free);
    require_signing(made && ::EVP_PKEY_sign_init(made.get()) == 1 && use_rsa_sha256(made.get()));
    return made;
}

std::string sign_rsa(const EVP_PKEY_CTX* prepared, int bits, std::string_view hash) {
    const native_context context(::EVP_PKEY_CTX_dup(prepared), ::EVP_PKEY_CTX_free);
    std::string made(static_cast<std::size_t>(bits + 7) / 8, '\0');
    std::size_t size = made.size();
    require_signing(
        context &&
        ::EVP_PKEY_sign(context.get(), bytes_of(made), &size, bytes_of(hash), hash.size()) == 1
    );
    made.resize(size);
    return made;
}

// OpenSSL 3.0 can't copy a context that has no digest, so each signature makes one.
std::string sign_ed25519(EVP_PKEY* key, std::string_view hash) {
    const hash_context context(::EVP_MD_CTX_new(), ::EVP_MD_CTX_free);
    std::string made(64, '\0');
    std::size_t size = made.size();
    require_signing(
        context && ::EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key) == 1 &&
        ::EVP_DigestSign(context.get(), bytes_of(made), &size, bytes_of(hash), hash.size()) == 1
    );
    return made;
}

// The mistake of two files pasted into one, or of bits that have turned: it would sign, but nothing
// would verify.
bool is_consistent(const signing_key& key) {
    const auto hash = sasl::sha256("a trial");
    try {
        return key.public_half().verifies(hash, key.sign(hash));
    } catch (const std::runtime_error&) {
        return false;
    }
}

}  // namespace

struct signing_key::parts {
    native_key key;
    algorithm kind;
    int bits;
    std::string published;
    public_key half;
    native_context rsa;  // null for Ed25519
};

base::result<signing_key, std::string> signing_key::read(const std::string& pem) {
    const std::unique_ptr<BIO, decltype(&BIO_free)> text(
        ::BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), ::BIO_free
    );
    require_signing(text != nullptr);
    bool encrypted = false;
    native_key key(
        ::PEM_read_bio_PrivateKey(text.get(), nullptr, no_pass_phrase, &encrypted), ::EVP_PKEY_free
    );
    ::ERR_clear_error();
    if (!key) return fault_of_unreadable(pem, encrypted);
    if (auto fault = key_fault(key.get()); !fault.empty()) return fault;
    const auto kind = algorithm_of(key.get());
    native_context rsa(nullptr, ::EVP_PKEY_CTX_free);
    if (kind == algorithm::rsa) rsa = prepare_rsa(key.get());
    const int bits = ::EVP_PKEY_get_bits(key.get());
    auto published = published_bytes(key.get());
    require_signing(!published.empty());
    auto half = public_key::read(kind, published);
    if (!half) return "has a private key that is damaged";
    signing_key made(std::make_shared<const parts>(
        parts{std::move(key), kind, bits, std::move(published), std::move(*half), std::move(rsa)}
    ));
    if (!is_consistent(made)) return "has a private key that is damaged";
    return made;
}

algorithm signing_key::kind() const noexcept {
    return parts_->kind;
}

int signing_key::bits() const noexcept {
    return parts_->bits;
}

bool signing_key::is_short() const noexcept {
    return kind() == algorithm::rsa && bits() < rsa_bits_good;
}

const std::string& signing_key::published() const noexcept {
    return parts_->published;
}

const public_key& signing_key::public_half() const noexcept {
    return parts_->half;
}

std::string signing_key::fingerprint() const {
    return fingerprint_of(published());
}

std::string signing_key::sign(std::string_view hash) const {
    assert(hash.size() == sasl::sha256_size);
    if (kind() == algorithm::rsa) return sign_rsa(parts_->rsa.get(), bits(), hash);
    return sign_ed25519(parts_->key.get(), hash);
}

std::string fingerprint_of(std::string_view published) {
    return base::in_hexadecimal(sasl::sha256(published));
}

}  // namespace kurir::dkim
