#include "relay/net/certificate_names.hpp"

#include <openssl/x509v3.h>

#include <algorithm>

#include "relay/base/utf8.hpp"

namespace kurir::net {

namespace {

std::string text_of(const ASN1_STRING* value) {
    const auto* bytes = reinterpret_cast<const char*>(::ASN1_STRING_get0_data(value));
    return {bytes, static_cast<std::size_t>(::ASN1_STRING_length(value))};
}

std::string first_name(X509* certificate, int kind) {
    std::string name;
    auto* names = static_cast<GENERAL_NAMES*>(
        ::X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)
    );
    for (int i = 0; name.empty() && i < sk_GENERAL_NAME_num(names); ++i) {
        const auto* each = sk_GENERAL_NAME_value(names, i);
        if (each->type == kind) name = text_of(each->d.ia5);
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
    auto name = first_name(certificate, GEN_DNS);
    return name.empty() ? common_name(certificate) : name;
}

std::string credential_name(X509* certificate) {
    constexpr std::size_t size_max = 250;  // a credential has 255 bytes, "cert:" included
    auto name = first_name(certificate, GEN_DNS);
    if (name.empty()) name = first_name(certificate, GEN_EMAIL);
    if (name.empty()) name = common_name(certificate);
    const bool printable = std::ranges::all_of(name, [](char c) {
        return static_cast<unsigned char>(c) > 0x20 && c != 0x7f;
    });
    return printable && name.size() <= size_max && base::is_utf8(name) ? name : std::string();
}

}  // namespace kurir::net
