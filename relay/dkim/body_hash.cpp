#include "relay/dkim/body_hash.hpp"

#include <openssl/evp.h>

#include <stdexcept>

#include "relay/sasl/digest.hpp"

namespace kurir::dkim {

namespace {

void require(bool done) {
    if (!done) throw std::runtime_error("OpenSSL can't compute a hash");
}

// Looked up once: OpenSSL 3.0 looks an algorithm up for each hash if it is named by `EVP_sha256`.
const EVP_MD* sha256() {
    static const std::unique_ptr<EVP_MD, void (*)(EVP_MD*)> fetched(
        ::EVP_MD_fetch(nullptr, "SHA256", nullptr), ::EVP_MD_free
    );
    return fetched.get();
}

}  // namespace

void body_hash::deleter::operator()(evp_md_ctx_st* context) const noexcept {
    ::EVP_MD_CTX_free(context);
}

body_hash::body_hash() : context_(::EVP_MD_CTX_new()) {
    begin();
}

void body_hash::begin() {
    require(context_ && ::EVP_DigestInit_ex2(context_.get(), sha256(), nullptr) == 1);
}

void body_hash::add(std::string_view chunk) {
    body_.add(chunk, [this](std::string_view text) {
        require(::EVP_DigestUpdate(context_.get(), text.data(), text.size()) == 1);
    });
}

std::string body_hash::finish() {
    body_.finish([this](std::string_view text) {
        require(::EVP_DigestUpdate(context_.get(), text.data(), text.size()) == 1);
    });
    std::string made(sasl::sha256_size, '\0');
    auto* bytes = reinterpret_cast<unsigned char*>(made.data());
    require(::EVP_DigestFinal_ex(context_.get(), bytes, nullptr) == 1);
    begin();
    return made;
}

std::string hash_of_body(std::string_view body) {
    body_hash hash;
    hash.add(body);
    return hash.finish();
}

}  // namespace kurir::dkim
