#include "relay/net/certificate_names.hpp"

#include <openssl/x509v3.h>

namespace kurir::net {

namespace {

std::string text_of(const ASN1_STRING* value) {
    const auto* bytes = reinterpret_cast<const char*>(::ASN1_STRING_get0_data(value));
    return {bytes, static_cast<std::size_t>(::ASN1_STRING_length(value))};
}

std::string first_dns_name(X509* certificate) {
    std::string name;
    auto* names = static_cast<GENERAL_NAMES*>(
        ::X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)
    );
    for (int i = 0; name.empty() && i < sk_GENERAL_NAME_num(names); ++i) {
        const auto* each = sk_GENERAL_NAME_value(names, i);
        if (each->type == GEN_DNS) name = text_of(each->d.dNSName);
    }
    ::GENERAL_NAMES_free(names);
    return name;
}

std::string common_name(X509* certificate) {
    auto* subject = ::X509_get_subject_name(certificate);
    const int at = ::X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
    if (at < 0) return {};
    return text_of(::X509_NAME_ENTRY_get_data(::X509_NAME_get_entry(subject, at)));
}

}  // namespace

std::string name_of(X509* certificate) {
    auto name = first_dns_name(certificate);
    return name.empty() ? common_name(certificate) : name;
}

}  // namespace kurir::net
