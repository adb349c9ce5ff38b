// What the benchmark's connections need for TLS: keys and settings for one side of it.
//
// Nothing is verified: the relay is measured, not its certificate.
#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <string>

namespace kurir::bench {

template <auto free>
struct freed_by {
    void operator()(auto* object) const { free(object); }
};
using tls_session = std::unique_ptr<SSL_SESSION, freed_by<SSL_SESSION_free>>;

class tls_context {
public:
    // For clients. With `resuming`, a connection takes up the session of the one before it.
    static tls_context for_clients(bool resuming);

    // For servers; throws std::runtime_error if the files hold no certificate and its key (PEM).
    static tls_context for_servers(const std::string& certificate, const std::string& key);

    SSL_CTX* get() const { return context_.get(); }
    bool is_of_server() const { return of_server_; }
    bool resuming() const { return resuming_; }

private:
    tls_context(const SSL_METHOD* method, bool of_server, bool resuming);

    std::unique_ptr<SSL_CTX, freed_by<SSL_CTX_free>> context_;
    bool of_server_;
    bool resuming_;
};

}  // namespace kurir::bench
