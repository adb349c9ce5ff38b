#include "tests/bench/tls_context.hpp"

#include <stdexcept>

namespace kurir::bench {

tls_context::tls_context(const SSL_METHOD* method, bool of_server, bool resuming)
    : context_(SSL_CTX_new(method)), of_server_(of_server), resuming_(resuming) {
    if (!context_) throw std::runtime_error("no TLS");
    SSL_CTX_set_read_ahead(get(), 1);  // a record in one system call instead of two
}

tls_context tls_context::for_clients(bool resuming) {
    return {TLS_client_method(), false, resuming};
}

tls_context tls_context::for_servers(const std::string& certificate, const std::string& key) {
    tls_context made(TLS_server_method(), true, false);
    if (SSL_CTX_use_certificate_chain_file(made.get(), certificate.c_str()) != 1 ||
        SSL_CTX_use_PrivateKey_file(made.get(), key.c_str(), SSL_FILETYPE_PEM) != 1) {
        throw std::runtime_error("no certificate and key in " + certificate + ", " + key);
    }
    return made;
}

}  // namespace kurir::bench
