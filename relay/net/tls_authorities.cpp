#include "relay/net/tls_authorities.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include <memory>
#include <new>

namespace kurir::net {

std::string add_client_authorities(SSL_CTX* context, const std::string& pem) {
    constexpr int most = 1000;
    const std::unique_ptr<BIO, int (*)(BIO*)> text(
        ::BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), ::BIO_free
    );
    if (!text) throw std::bad_alloc();
    for (int count = 0;; ++count) {
        const std::unique_ptr<X509, void (*)(X509*)> each(
            ::PEM_read_bio_X509(text.get(), nullptr, nullptr, nullptr), ::X509_free
        );
        if (!each) {
            const bool at_end = ERR_GET_REASON(::ERR_peek_last_error()) == PEM_R_NO_START_LINE;
            ::ERR_clear_error();
            if (!at_end) return "has a certificate that can't be read";
            return count > 0 ? "" : "has no certificate";
        }
        if (count == most) return "has too many certificates";
        const bool added =
            ::X509_STORE_add_cert(::SSL_CTX_get_cert_store(context), each.get()) == 1 &&
            ::SSL_CTX_add_client_CA(context, each.get()) == 1;
        if (!added) return "has a certificate that can't be used";
    }
}

}  // namespace kurir::net
