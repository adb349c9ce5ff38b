#include "relay/net/server_certificate.hpp"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <ctime>
#include <new>
#include <utility>
#include <vector>

#include "relay/net/certificate_names.hpp"

namespace kurir::net {

namespace {

using bio = std::unique_ptr<BIO, int (*)(BIO*)>;
using x509 = std::unique_ptr<X509, void (*)(X509*)>;
using private_key = std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)>;
using part = server_certificate::mistake::part;

constexpr long day = 24L * 60 * 60;

bio text_of(std::string_view bytes) {
    return {::BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size())), ::BIO_free};
}

// There is nobody to ask.
int no_password(char*, int, int, void*) {
    return -1;
}

X509* next_certificate(BIO* source) {
    return ::PEM_read_bio_X509(source, nullptr, no_password, nullptr);
}

bool ended() {
    const bool end = ERR_GET_REASON(::ERR_peek_last_error()) == PEM_R_NO_START_LINE;
    ::ERR_clear_error();
    return end;
}

std::string why_no_key(std::string_view text) {
    const int reason = ERR_GET_REASON(::ERR_peek_error());
    ::ERR_clear_error();
    // OpenSSL 3 says the same of text without a key as of a key that it doesn't understand.
    if (text.find("PRIVATE KEY-----") == std::string_view::npos) return "has no key";
    const bool password =
        reason == PEM_R_BAD_PASSWORD_READ || reason == PEM_R_PROBLEMS_GETTING_PASSWORD;
    if (password) return "has a key with a password; store it without";
    return "has a key that can't be read";
}

std::chrono::sys_seconds time_of(const ASN1_TIME* time) {
    std::tm fields{};
    ::ASN1_TIME_to_tm(time, &fields);
    return std::chrono::sys_seconds(std::chrono::seconds(::timegm(&fields)));
}

void add_extension(X509* certificate, int kind, const std::string& value) {
    X509V3_CTX context;
    ::X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
    auto* extension = ::X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str());
    if (extension == nullptr) throw std::bad_alloc();
    ::X509_add_ext(certificate, extension, -1);
    ::X509_EXTENSION_free(extension);
}

void name_after(X509* certificate, const std::string& hostname) {
    constexpr std::size_t common_name_max = 64;  // RFC 5280, ub-common-name
    const auto name = hostname.size() <= common_name_max ? hostname : std::string("Kurir");
    const auto* bytes = reinterpret_cast<const unsigned char*>(name.c_str());
    auto* subject = ::X509_get_subject_name(certificate);
    ::X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, bytes, -1, -1, 0);
    ::X509_set_issuer_name(certificate, subject);
}

std::string written(X509* certificate, EVP_PKEY* key) {
    const bio target(::BIO_new(::BIO_s_mem()), ::BIO_free);
    ::PEM_write_bio_X509(target.get(), certificate);
    ::PEM_write_bio_PrivateKey(target.get(), key, nullptr, nullptr, 0, nullptr, nullptr);
    char* bytes = nullptr;
    const auto size = BIO_get_mem_data(target.get(), &bytes);
    return {bytes, static_cast<std::size_t>(size)};
}

}  // namespace

struct server_certificate::parts {
    x509 leaf{nullptr, ::X509_free};
    std::vector<x509> chain;
    private_key key{nullptr, ::EVP_PKEY_free};

    // OpenSSL copies it.
    std::unique_ptr<STACK_OF(X509), void (*)(STACK_OF(X509) *)> stack() const {
        std::unique_ptr<STACK_OF(X509), void (*)(STACK_OF(X509)*)> all(
            sk_X509_new_null(), [](STACK_OF(X509) * stack) { sk_X509_free(stack); }
        );
        for (const auto& each : chain)
            sk_X509_push(all.get(), each.get());
        return all;
    }
};

server_certificate::server_certificate(std::unique_ptr<parts> parts, std::string origin)
    : parts_(std::move(parts)),
      origin_(std::move(origin)),
      first_name_(name_of(parts_->leaf.get())),
      valid_from_(time_of(::X509_get0_notBefore(parts_->leaf.get()))),
      valid_until_(time_of(::X509_get0_notAfter(parts_->leaf.get()))) {}

server_certificate::~server_certificate() = default;

server_certificate::read server_certificate::from_pem(
    std::string_view certificate, std::string_view key, std::string origin
) {
    ::ERR_clear_error();
    auto found = std::make_unique<parts>();
    const auto certificates = text_of(certificate);
    found->leaf.reset(next_certificate(certificates.get()));
    if (!found->leaf) {
        const bool none = ended();
        return mistake{
            part::certificate, none ? "has no certificate" : "has a certificate that can't be read"
        };
    }
    while (auto* further = next_certificate(certificates.get()))
        found->chain.emplace_back(further, ::X509_free);
    if (!ended()) return mistake{part::certificate, "has a certificate that can't be read"};

    const auto keys = text_of(key);
    found->key.reset(::PEM_read_bio_PrivateKey(keys.get(), nullptr, no_password, nullptr));
    if (!found->key) return mistake{part::key, why_no_key(key)};
    if (::X509_check_private_key(found->leaf.get(), found->key.get()) != 1) {
        ::ERR_clear_error();
        return mistake{part::key, "has the key of another certificate than the first one"};
    }
    return std::shared_ptr<const server_certificate>(
        new server_certificate(std::move(found), std::move(origin))
    );
}

std::string server_certificate::self_signed(const std::string& hostname) {
    constexpr long valid_for = 3650 * day;
    const private_key key(EVP_EC_gen("P-256"), ::EVP_PKEY_free);
    const x509 made(::X509_new(), ::X509_free);
    std::uint64_t serial = 0;
    ::RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial);
    if (!key || !made) throw std::bad_alloc();
    auto* certificate = made.get();
    ::X509_set_version(certificate, X509_VERSION_3);
    ::ASN1_INTEGER_set_uint64(::X509_get_serialNumber(certificate), serial >> 1U);
    ::X509_gmtime_adj(::X509_getm_notBefore(certificate), -day);
    ::X509_gmtime_adj(::X509_getm_notAfter(certificate), valid_for);
    ::X509_set_pubkey(certificate, key.get());
    name_after(certificate, hostname);
    add_extension(certificate, NID_basic_constraints, "critical,CA:FALSE");
    add_extension(certificate, NID_ext_key_usage, "serverAuth");
    add_extension(certificate, NID_subject_alt_name, "DNS:" + hostname);
    if (::X509_sign(certificate, key.get(), ::EVP_sha256()) == 0) throw std::bad_alloc();
    return written(certificate, key.get());
}

bool server_certificate::has_name(std::string_view name) const {
    if (name.empty()) return false;
    auto* leaf = parts_->leaf.get();
    constexpr auto flags = X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS;
    return ::X509_check_host(leaf, name.data(), name.size(), flags, nullptr) == 1;
}

bool server_certificate::use(SSL* connection) const {
    const auto chain = parts_->stack();
    return ::SSL_use_cert_and_key(
               connection, parts_->leaf.get(), parts_->key.get(), chain.get(), 1
           ) == 1;
}

bool server_certificate::use(SSL_CTX* context) const {
    const auto chain = parts_->stack();
    return ::SSL_CTX_use_cert_and_key(
               context, parts_->leaf.get(), parts_->key.get(), chain.get(), 1
           ) == 1;
}

}  // namespace kurir::net
