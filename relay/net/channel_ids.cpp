#include "relay/net/channel_ids.hpp"

#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <array>
#include <string_view>

namespace kurir::net {

namespace {

std::string exporter_of(ssl_st* connection) {
    constexpr std::string_view label = "EXPORTER-Channel-Binding";
    if (::SSL_version(connection) < TLS1_3_VERSION) return {};
    std::array<unsigned char, 32> bytes{};
    const auto made = ::SSL_export_keying_material(
        connection, bytes.data(), bytes.size(), label.data(), label.size(), nullptr, 0, 0
    );
    if (made != 1) return {};
    return {bytes.begin(), bytes.end()};
}

// The hash of the certificate's signature, but none weaker than SHA-256.
const evp_md_st* hash_for(const x509_st& certificate) {
    int hash = NID_undef;
    if (::X509_get_signature_info(
            const_cast<x509_st*>(&certificate), &hash, nullptr, nullptr, nullptr
        ) != 1)
        return nullptr;
    if (hash == NID_md5 || hash == NID_sha1) hash = NID_sha256;
    return hash == NID_undef ? nullptr : ::EVP_get_digestbynid(hash);
}

std::string server_end_point_of(ssl_st* connection) {
    const auto* certificate = ::SSL_is_server(connection) == 1
                                  ? ::SSL_get_certificate(connection)
                                  : ::SSL_get0_peer_certificate(connection);
    if (certificate == nullptr) return {};
    const auto* hash = hash_for(*certificate);
    if (hash == nullptr) return {};
    std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
    unsigned size = 0;
    if (::X509_digest(certificate, hash, bytes.data(), &size) != 1) return {};
    return {bytes.begin(), bytes.begin() + size};
}

}  // namespace

channel_ids channel_ids_of(ssl_st* connection) {
    return {
        .exporter = exporter_of(connection),
        .server_end_point = server_end_point_of(connection),
    };
}

}  // namespace kurir::net
