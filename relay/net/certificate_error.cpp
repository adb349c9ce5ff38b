#include "relay/net/certificate_error.hpp"

#include <openssl/x509_vfy.h>

#include <bit>
#include <cstdint>
#include <string>

#include "relay/net/tls.hpp"

namespace kurir::net {

using boost::system::error_code;
using boost::system::error_condition;

namespace {

certificate_fault fault_of(int code) {
    switch (code) {
        case missing_certificate:
            return certificate_fault::missing;
        case X509_V_ERR_HOSTNAME_MISMATCH:
        case X509_V_ERR_IP_ADDRESS_MISMATCH:
            return certificate_fault::wrong_name;
        case X509_V_ERR_CERT_HAS_EXPIRED:
            return certificate_fault::expired;
        case X509_V_ERR_CERT_NOT_YET_VALID:
            return certificate_fault::not_yet_valid;
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
        case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
        case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
        case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
        case X509_V_ERR_CERT_UNTRUSTED:
        case X509_V_ERR_CERT_SIGNATURE_FAILURE:  // a stranger with a trusted name
            return certificate_fault::untrusted;
        case X509_V_ERR_CERT_REVOKED:
            return certificate_fault::revoked;
        default:
            return certificate_fault::invalid;
    }
}

class fault_category final : public boost::system::error_category {
public:
    const char* name() const noexcept override { return "kurir.certificate_fault"; }

    std::string message(int fault) const override {
        switch (static_cast<certificate_fault>(fault)) {
            case certificate_fault::missing:
                return "no certificate";
            case certificate_fault::wrong_name:
                return "certificate of another name";
            case certificate_fault::expired:
                return "expired certificate";
            case certificate_fault::not_yet_valid:
                return "certificate not yet valid";
            case certificate_fault::untrusted:
                return "untrusted certificate";
            case certificate_fault::revoked:
                return "revoked certificate";
            case certificate_fault::invalid:
                break;
        }
        return "invalid certificate";
    }
};

class x509_category final : public boost::system::error_category {
public:
    const char* name() const noexcept override { return "kurir.certificate"; }

    std::string message(int code) const override {
        if (code == missing_certificate) return "the peer showed no certificate";
        return std::string("certificate: ") + ::X509_verify_cert_error_string(code);
    }

    error_condition default_error_condition(int code) const noexcept override {
        return make_error_condition(fault_of(code));
    }
};

// OpenSSL keeps one pointer of ours for each connection; it holds a number.
void* as_pointer(int code) {
    return std::bit_cast<void*>(static_cast<std::intptr_t>(code));
}

int as_number(void* pointer) {
    return static_cast<int>(reinterpret_cast<std::intptr_t>(pointer));
}

}  // namespace

void keep_first_error(X509_STORE_CTX* store) {
    auto* connection = static_cast<SSL*>(
        ::X509_STORE_CTX_get_ex_data(store, ::SSL_get_ex_data_X509_STORE_CTX_idx())
    );
    keep_error(connection, ::X509_STORE_CTX_get_error(store));
}

void keep_error(SSL* connection, int code) {
    if (as_number(SSL_get_app_data(connection)) != X509_V_OK) return;
    SSL_set_app_data(connection, as_pointer(code));
}

error_code certificate_error(SSL* connection) {
    const int first = as_number(SSL_get_app_data(connection));
    const int code =
        first != X509_V_OK ? first : static_cast<int>(::SSL_get_verify_result(connection));
    if (code != X509_V_OK) return {code, certificate_category()};
    if (::SSL_get0_peer_certificate(connection) != nullptr) return {};
    return {missing_certificate, certificate_category()};
}

bool is_self_signed(const error_code& error) noexcept {
    return error.category() == certificate_category() &&
           error.value() == X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT;
}

const boost::system::error_category& certificate_category() noexcept {
    static const x509_category instance;
    return instance;
}

error_condition make_error_condition(certificate_fault fault) noexcept {
    static const fault_category category;
    return {static_cast<int>(fault), category};
}

}  // namespace kurir::net
