// Certificates made for one test: an authority, and what it signs.
#pragma once

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <stdexcept>
#include <string>

namespace tests {

struct certificate_files {
    std::string certificate;
    std::string key;
};

// What a file holds.
inline std::string text_of(const std::string& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}

struct certificate_wish {
    std::string names = "DNS:mx.mail.example";  // as OpenSSL writes them
    long valid_from = -3600;                    // seconds from now
    long valid_until = 3600;
};

class authority {
public:
    authority() : folder_(new_folder()) {
        ca_ = made({.names = ""}, "authority", key_.get(), key_.get());
        save(file(), *ca_);
    }
    authority(const authority&) = delete;
    authority& operator=(const authority&) = delete;
    ~authority() {
        std::error_code ignored;
        std::filesystem::remove_all(folder_, ignored);
    }

    // Whom to trust.
    std::string file() const { return folder_ / "ca.pem"; }

    certificate_files issue(const certificate_wish& wish = {}) {
        const auto key = new_key();
        const auto certificate = made(wish, "leaf", key.get(), key_.get());
        return saved(*certificate, key.get());
    }

    // Signed by its own key.
    certificate_files self_signed() {
        const auto key = new_key();
        const auto certificate = made({}, "leaf", key.get(), key.get());
        return saved(*certificate, key.get());
    }

private:
    using key = std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)>;
    using certificate = std::unique_ptr<X509, void (*)(X509*)>;

    static std::filesystem::path new_folder() {
        auto pattern = (std::filesystem::temp_directory_path() / "kurir-tls-XXXXXX").string();
        if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no folder");
        return pattern;
    }

    static key new_key() { return {EVP_EC_gen("P-256"), ::EVP_PKEY_free}; }

    certificate made(
        const certificate_wish& wish, const char* name, EVP_PKEY* own, EVP_PKEY* signer
    ) {
        certificate made(::X509_new(), ::X509_free);
        auto* x509 = made.get();
        ::X509_set_version(x509, X509_VERSION_3);
        ::ASN1_INTEGER_set(::X509_get_serialNumber(x509), ++serial_);
        ::X509_gmtime_adj(::X509_getm_notBefore(x509), wish.valid_from);
        ::X509_gmtime_adj(::X509_getm_notAfter(x509), wish.valid_until);
        ::X509_set_pubkey(x509, own);
        const auto* text = reinterpret_cast<const unsigned char*>(name);
        ::X509_NAME_add_entry_by_txt(
            ::X509_get_subject_name(x509), "CN", MBSTRING_ASC, text, -1, -1, 0
        );
        X509* issuer = own == signer ? x509 : ca_.get();
        ::X509_set_issuer_name(x509, ::X509_get_subject_name(issuer));
        add(x509, issuer, NID_basic_constraints, ca_ ? "CA:FALSE" : "critical,CA:TRUE");
        if (!wish.names.empty()) add(x509, issuer, NID_subject_alt_name, wish.names);
        if (::X509_sign(x509, signer, ::EVP_sha256()) == 0) throw std::runtime_error("not signed");
        return made;
    }

    static void add(X509* certificate, X509* issuer, int kind, const std::string& value) {
        X509V3_CTX context;
        ::X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
        auto* extension = ::X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str());
        if (extension == nullptr) throw std::runtime_error("no extension: " + value);
        ::X509_add_ext(certificate, extension, -1);
        ::X509_EXTENSION_free(extension);
    }

    static void save(const std::string& path, X509& certificate) {
        auto* file = std::fopen(path.c_str(), "w");
        ::PEM_write_X509(file, &certificate);
        std::fclose(file);
    }

    certificate_files saved(X509& certificate, EVP_PKEY* key) {
        const auto number = std::to_string(serial_);
        const certificate_files files{folder_ / (number + ".pem"), folder_ / (number + ".key")};
        save(files.certificate, certificate);
        auto* file = std::fopen(files.key.c_str(), "w");
        ::PEM_write_PrivateKey(file, key, nullptr, nullptr, 0, nullptr, nullptr);
        std::fclose(file);
        return files;
    }

    std::filesystem::path folder_;
    long serial_ = 0;
    key key_ = new_key();
    certificate ca_{nullptr, ::X509_free};
};

}  // namespace tests
