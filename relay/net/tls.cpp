#include "relay/net/tls.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <utility>

#include "relay/net/certificate_error.hpp"

namespace kurir::net {

namespace {

// The last error has the reason; those before it only add the place.
std::string last_error() {
    const auto code = ::ERR_peek_last_error();
    const char* reason = ERR_SYSTEM_ERROR(code) ? nullptr : ::ERR_reason_error_string(code);
    auto text = reason != nullptr ? std::string(reason) : "can't be read";
    const auto first = ::ERR_peek_error();
    if (ERR_SYSTEM_ERROR(first)) {
        const boost::system::error_code failed(
            ERR_GET_REASON(first), boost::system::system_category()
        );
        text = failed.message();
    }
    ::ERR_clear_error();
    return text;
}

std::string complaint(std::string_view kind, const std::string& file) {
    return std::string(kind) + " " + file + ": " + last_error();
}

// Continues after every error: `tls_layer` keeps the first one.
int report(int holds, X509_STORE_CTX* store) {
    if (holds == 0) keep_first_error(store);
    return 1;
}

void set_peer_verification(SSL_CTX* context, peer_verification peer) {
    switch (peer) {
        case peer_verification::none:
            ::SSL_CTX_set_verify(context, SSL_VERIFY_NONE, nullptr);
            break;
        case peer_verification::reported:
            ::SSL_CTX_set_verify(context, SSL_VERIFY_PEER, report);
            break;
        case peer_verification::required:
            ::SSL_CTX_set_verify(
                context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr
            );
            break;
    }
}

// There is nobody to ask for a password.
int no_password(char*, int, int, void*) {
    return -1;
}

// Empty if all files can be used.
std::string load(SSL_CTX* context, const tls_settings& settings) {
    if (settings.system_ca && ::SSL_CTX_set_default_verify_paths(context) != 1) {
        return "the system's trusted certificates: " + last_error();
    }
    const auto& ca = settings.ca_file;
    if (!ca.empty() && ::SSL_CTX_load_verify_file(context, ca.c_str()) != 1) {
        return complaint("trusted certificates", ca);
    }
    const auto& certificate = settings.certificate_file;
    if (certificate.empty()) return {};
    if (::SSL_CTX_use_certificate_chain_file(context, certificate.c_str()) != 1) {
        return complaint("certificate", certificate);
    }
    const auto& key = settings.key_file;
    if (::SSL_CTX_use_PrivateKey_file(context, key.c_str(), SSL_FILETYPE_PEM) != 1) {
        return complaint("key", key);
    }
    return {};
}

}  // namespace

tls_context::tls_context(native_context context, peer_verification peer)
    : context_(std::move(context)), peer_(peer) {}

tls_context::made tls_context::make(const tls_settings& settings) {
    ::ERR_clear_error();
    native_context context(::SSL_CTX_new(::TLS_method()), ::SSL_CTX_free);
    if (!context) return last_error();
    auto* native = context.get();
    ::SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
    ::SSL_CTX_set_security_level(native, settings.security_level);
    ::SSL_CTX_set_options(
        native, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE
    );
    // An idle connection keeps no buffers; a write that waits may come again from another place.
    ::SSL_CTX_set_mode(
        native,
        SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
            SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER
    );
    ::SSL_CTX_set_read_ahead(native, 1);  // a record in one system call instead of two
    ::SSL_CTX_set_default_passwd_cb(native, no_password);
    set_peer_verification(native, settings.peer);
    if (auto why = load(native, settings); !why.empty()) return why;
    return std::shared_ptr<const tls_context>(new tls_context(std::move(context), settings.peer));
}

}  // namespace kurir::net
