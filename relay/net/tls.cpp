#include "relay/net/tls.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <array>
#include <ranges>
#include <utility>

#include "relay/net/certificate_error.hpp"
#include "relay/net/server_certificate.hpp"
#include "relay/net/tls_authorities.hpp"
#include "relay/net/tls_layer.hpp"
#include "relay/net/tls_ticket_expiry.hpp"
#include "relay/net/tls_tickets.hpp"

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
int no_password_for_certificate(char*, int, int, void*) {
    return -1;
}

constexpr std::array versions = {TLS1_VERSION, TLS1_1_VERSION, TLS1_2_VERSION, TLS1_3_VERSION};

void set_lowest(SSL_CTX* context, const tls_settings& settings) {
    ::SSL_CTX_set_min_proto_version(
        context, versions.at(static_cast<std::size_t>(settings.lowest))
    );
    const bool weak = settings.lowest < tls_version::v1_2;
    ::SSL_CTX_set_security_level(context, weak ? 0 : settings.security_level);
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
    if (!settings.client_ca.empty()) {
        if (auto wrong = add_client_authorities(context, settings.client_ca); !wrong.empty()) {
            return wrong;
        }
        limit_tickets(context);
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

// Of a server.
struct tls_context::server_choices {
    server_certificates certificates;
    std::string protocol;

    // All of them have the name; they differ by the kind of key.
    std::vector<const server_certificate*> with_name(std::string_view name) const {
        std::vector<const server_certificate*> found;
        for (const auto& each : certificates) {
            if (each->has_name(name)) found.push_back(each.get());
        }
        return found;
    }
};

tls_context::tls_context(
    native_context context, peer_verification peer, std::unique_ptr<server_choices> choices
)
    : choices_(std::move(choices)), context_(std::move(context)), peer_(peer) {}

tls_context::~tls_context() = default;

bool tls_context::has_certificate_for(std::string_view name) const {
    return !choices_->with_name(name).empty();
}

int tls_context::choose_certificate(SSL* connection, int*, void* choices) {
    const char* name = ::SSL_get_servername(connection, TLSEXT_NAMETYPE_host_name);
    if (name == nullptr) return SSL_TLSEXT_ERR_NOACK;
    const auto found = static_cast<const server_choices*>(choices)->with_name(name);
    if (found.empty()) return SSL_TLSEXT_ERR_NOACK;
    ::SSL_certs_clear(connection);
    // Of two with a key of one kind the last used is shown, which has to be the first one given.
    for (const auto* each : found | std::views::reverse)
        each->use(connection);
    return SSL_TLSEXT_ERR_OK;
}

// Each protocol has its length in front.
int tls_context::choose_protocol(
    SSL*,
    const unsigned char** chosen,
    unsigned char* chosen_size,
    const unsigned char* offered,
    unsigned offered_size,
    void* choices
) {
    const auto& wanted = static_cast<const server_choices*>(choices)->protocol;
    std::string_view rest(reinterpret_cast<const char*>(offered), offered_size);
    while (!rest.empty()) {
        const auto size = static_cast<unsigned char>(rest.front());
        const auto protocol = rest.substr(1, size);
        rest.remove_prefix(std::min<std::size_t>(rest.size(), 1U + size));
        if (protocol != wanted) continue;
        *chosen = reinterpret_cast<const unsigned char*>(protocol.data());
        *chosen_size = size;
        return SSL_TLSEXT_ERR_OK;
    }
    return SSL_TLSEXT_ERR_ALERT_FATAL;
}

// Returns what is wrong.
std::string tls_context::set_up_server(
    SSL_CTX* context, server_choices& choices, std::shared_ptr<ticket_vault> ticket_keys
) {
    // Forward secrecy and ciphers with authentication first; then the others of OpenSSL's default,
    // whose name is only understood at the beginning.
    const auto* ciphers =
        "ECDHE+AESGCM+AES128:ECDHE+AESGCM:ECDHE+CHACHA20:ALL:!COMPLEMENTOFDEFAULT:!aNULL:!eNULL";
    if (::SSL_CTX_set_cipher_list(context, ciphers) != 1) return "the ciphers: " + last_error();
    ::SSL_CTX_set_num_tickets(context, 2);
    ::SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);  // the client has the ticket
    if (!ticket_keys) ticket_keys = std::make_shared<ticket_vault>();
    if (!use_ticket_keys(context, std::move(ticket_keys))) {
        return "the keys of tickets: " + last_error();
    }
    if (!choices.protocol.empty()) {
        ::SSL_CTX_set_alpn_select_cb(context, choose_protocol, &choices);
    }
    if (choices.certificates.empty()) return {};

    // Each must be strong enough, also those that are used for a name only.
    for (const auto& each : choices.certificates) {
        const std::unique_ptr<SSL, void (*)(SSL*)> trial(::SSL_new(context), ::SSL_free);
        if (!trial || !each->use(trial.get())) return each->origin() + ": " + last_error();
    }
    const auto& first = *choices.certificates.front();
    for (const auto& each : choices.certificates | std::views::reverse) {
        if (each.get() == &first || each->has_name(first.first_name())) each->use(context);
    }
    first.use(context);
    SSL_CTX_set_tlsext_servername_callback(context, choose_certificate);
    SSL_CTX_set_tlsext_servername_arg(context, &choices);
    return {};
}

tls_context::made tls_context::make(const tls_settings& settings) {
    ::ERR_clear_error();
    native_context context(::SSL_CTX_new(::TLS_method()), ::SSL_CTX_free);
    if (!context) return last_error();
    auto* native = context.get();
    set_lowest(native, settings);
    // Of TLS 1.3. SHA-256 first: processors have instructions for it, and a handshake hashes much.
    const auto* suites =
        "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256";
    if (::SSL_CTX_set_ciphersuites(native, suites) != 1) return "the ciphers: " + last_error();
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
    ::SSL_CTX_set_default_passwd_cb(native, no_password_for_certificate);
    set_peer_verification(native, settings.peer);
    if (auto why = load(native, settings); !why.empty()) return why;
    auto choices = std::make_unique<server_choices>(settings.certificates, settings.protocol);
    if (!choices->certificates.empty()) {
        if (auto why = set_up_server(native, *choices, settings.ticket_keys); !why.empty())
            return why;
    }
    if (settings.resumes) {
        ::SSL_CTX_set_session_cache_mode(
            native, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL
        );
        ::SSL_CTX_sess_set_new_cb(native, tls_layer::keep_session);
    }
    const auto& sessions = settings.session_context;
    const auto* bytes = reinterpret_cast<const unsigned char*>(sessions.data());
    const auto size = std::min<std::size_t>(sessions.size(), SSL_MAX_SSL_SESSION_ID_LENGTH);
    ::SSL_CTX_set_session_id_context(native, bytes, static_cast<unsigned>(size));
    return std::shared_ptr<const tls_context>(
        new tls_context(std::move(context), settings.peer, std::move(choices))
    );
}

}  // namespace kurir::net
