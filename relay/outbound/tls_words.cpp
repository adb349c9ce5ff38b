#include "relay/outbound/tls_words.hpp"

#include "relay/net/handshake_fault.hpp"
#include "relay/net/tls.hpp"

namespace kurir::outbound {

namespace {

std::string certificate_words(
    const boost::system::error_code& error, const std::string& peer_name
) {
    using net::certificate_fault;
    if (error == certificate_fault::missing) return "the server showed no certificate";
    if (error == certificate_fault::wrong_name) {
        return "the server's certificate is not for " + peer_name;
    }
    if (error == certificate_fault::expired) return "the server's certificate has expired";
    if (error == certificate_fault::not_yet_valid) {
        return "the server's certificate is not valid yet";
    }
    if (net::is_self_signed(error)) {
        return "the server's certificate is self-signed; KURIR_TLS_CA can make it trusted";
    }
    if (error == certificate_fault::untrusted) {
        return "the issuer of the server's certificate is not trusted (" + error.message() +
               "); KURIR_TLS_CA can name it";
    }
    return error.message();
}

}  // namespace

std::string tls_words(const boost::system::error_code& error, const std::string& peer_name) {
    using net::handshake_fault;
    if (error.category() == net::certificate_category()) {
        return certificate_words(error, peer_name);
    }
    switch (net::fault_of(error)) {
        case handshake_fault::closed:
            return "the server closed the connection instead of going on";
        case handshake_fault::timeout:
            return "the server did not go on in time";
        case handshake_fault::clear_text:
            return "what the server sent is not TLS";
        case handshake_fault::version:
            return "the server speaks no version of TLS from 1.2 on";
        case handshake_fault::rejected:
            return "the server refused: " + error.message();
        case handshake_fault::flood:
            return "the server sent much, and the handshake went no further";
        case handshake_fault::cipher:
        case handshake_fault::alpn:
        case handshake_fault::shutdown:
        case handshake_fault::other:
            break;
    }
    return error.message();
}

}  // namespace kurir::outbound
