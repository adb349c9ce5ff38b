// The settings of TLS, and the result of a handshake.
//
// A context is made once, at the start, for many connections: reading the trusted certificates
// takes milliseconds. Thread-safe once made. TLS 1.2 and 1.3, without renegotiation.
#pragma once

#include <boost/system/error_code.hpp>
#include <boost/system/result.hpp>

#include <memory>
#include <string>

struct ssl_ctx_st;

namespace kurir::net {

enum class tls_role { client, server };

// What happens to a peer whose certificate is not valid.
enum class peer_verification {
    none,      // nothing: a server asks for no certificate, a client takes any
    reported,  // the handshake succeeds, and `tls_session` has the error
    required,  // the handshake fails
};

// Files are PEM.
struct tls_settings {
    std::string certificate_file = {};  // ours, with its chain; a server needs one
    std::string key_file = {};
    std::string ca_file = {};  // trusted beside the system's
    bool system_ca = true;
    peer_verification peer = peer_verification::required;
    int security_level = 2;  // OpenSSL's: 1 also takes what older servers offer
};

class tls_context {
public:
    // The error says which file can't be used, and why.
    using made = boost::system::result<std::shared_ptr<const tls_context>, std::string>;
    static made make(const tls_settings& settings);

    ssl_ctx_st* native() const noexcept { return context_.get(); }
    peer_verification peer() const noexcept { return peer_; }

private:
    using native_context = std::unique_ptr<ssl_ctx_st, void (*)(ssl_ctx_st*)>;

    tls_context(native_context context, peer_verification peer);

    native_context context_;
    peer_verification peer_;
};

// The result of a handshake.
struct tls_session {
    std::string version;                          // "TLSv1.3"
    std::string cipher;                           // "TLS_AES_256_GCM_SHA384"
    boost::system::error_code certificate_error;  // of `certificate_category`; none: it is valid
    std::string peer_name;  // the name that matched; else the certificate's first name, if any
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

boost::system::error_condition make_error_condition(certificate_fault fault) noexcept;

}  // namespace kurir::net

template <>
struct boost::system::is_error_condition_enum<kurir::net::certificate_fault> : std::true_type {};
