// The settings of TLS, and the result of a handshake.
//
// A context is made once, at the start, for many connections: reading the trusted certificates
// takes milliseconds. Thread-safe once made. TLS 1.2 and 1.3, without renegotiation.
#pragma once

#include <boost/system/error_code.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "relay/base/result.hpp"

struct ssl_ctx_st;
struct ssl_st;

namespace kurir::net {

enum class tls_role { client, server };

// What happens to a peer whose certificate is not valid.
enum class peer_verification {
    none,      // nothing: a server asks for no certificate, a client takes any
    reported,  // the handshake succeeds, and `tls_session` has the error
    required,  // the handshake fails
};

class server_certificate;
class ticket_vault;

using server_certificates = std::vector<std::shared_ptr<const server_certificate>>;

enum class tls_version : std::uint8_t { v1_0, v1_1, v1_2, v1_3 };

// Files are PEM.
struct tls_settings {
    std::string certificate_file = {};  // ours, with its chain; a server needs one
    std::string key_file = {};
    std::string ca_file = {};  // trusted beside the system's
    bool system_ca = true;
    peer_verification peer = peer_verification::required;
    int security_level = 2;  // OpenSSL's: 1 also takes what older servers offer

    // Under 1.2 also the weak ciphers and keys that these versions need.
    tls_version lowest = tls_version::v1_2;

    // Of a server, instead of `certificate_file`: those that have the name that the client asks
    // for, or else the first.
    server_certificates certificates = {};

    // Of a server: sessions are resumed only where this is the same, and only by contexts with the
    // same keys of tickets. Null: keys of its own.
    std::string session_context = {};
    std::shared_ptr<ticket_vault> ticket_keys = {};

    // Of a client: the server's sessions can be kept and resumed (tls_resumption.hpp).
    bool resumes = false;

    // Of a server: a client that offers protocols (ALPN) must offer this one. Empty: any.
    std::string protocol = {};

    // Of a server, instead of `ca_file`: who signs the certificates of clients, as PEM. Empty: none
    // is asked for. Otherwise `peer` says what happens without a valid one.
    std::string client_ca = {};
};

class tls_context {
public:
    // The error says which file can't be used, and why.
    using made = base::result<std::shared_ptr<const tls_context>, std::string>;
    static made make(const tls_settings& settings);
    tls_context(const tls_context&) = delete;
    tls_context& operator=(const tls_context&) = delete;
    ~tls_context();

    ssl_ctx_st* native() const noexcept { return context_.get(); }

    // True if a certificate of `tls_settings::certificates` has this host name.
    bool has_certificate_for(std::string_view name) const;
    peer_verification peer() const noexcept { return peer_; }

private:
    using native_context = std::unique_ptr<ssl_ctx_st, void (*)(ssl_ctx_st*)>;

    struct server_choices;

    tls_context(
        native_context context, peer_verification peer, std::unique_ptr<server_choices> choices
    );
    static std::string set_up_server(
        ssl_ctx_st* context, server_choices& choices, std::shared_ptr<ticket_vault> ticket_keys
    );
    static int choose_certificate(ssl_st* connection, int* alert, void* choices);
    static int choose_protocol(
        ssl_st* connection,
        const unsigned char** chosen,
        unsigned char* chosen_size,
        const unsigned char* offered,
        unsigned offered_size,
        void* choices
    );

    std::unique_ptr<server_choices> choices_;  // outlives the context, which refers to it
    native_context context_;
    peer_verification peer_;
};

// The result of a handshake.
struct tls_session {
    std::string version;                          // "TLSv1.3"
    std::string cipher;                           // "TLS_AES_256_GCM_SHA384"
    boost::system::error_code certificate_error;  // of `certificate_category`; none: it is valid
    std::string peer_name;    // the name that matched; else the certificate's first name, if any
    std::string server_name;  // of a server: the one that the client asked for, if any
    bool server_name_known = false;  // we have a certificate for it
    std::string client_name;         // of a server: in the client's certificate, valid or not
    bool resumed = false;
};

// What is wrong with a certificate. An error code of `certificate_category` equals one of these.
enum class certificate_fault {
    missing = 1,
    wrong_name,
    expired,
    not_yet_valid,
    untrusted,
    revoked,
    invalid,  // anything else
};

// Codes are OpenSSL's X509_V_ERR_*, so that a message says exactly what it found.
const boost::system::error_category& certificate_category() noexcept;

// True for a certificate that nobody but its owner has signed; it is `untrusted`, too.
bool is_self_signed(const boost::system::error_code& error) noexcept;

boost::system::error_condition make_error_condition(certificate_fault fault) noexcept;

}  // namespace kurir::net

template <>
struct boost::system::is_error_condition_enum<kurir::net::certificate_fault> : std::true_type {};
