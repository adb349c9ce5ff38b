#include "relay/smtp/domain.hpp"

#include <arpa/inet.h>
#include <idn2.h>

#include <array>
#include <memory>

#include "relay/base/text.hpp"

namespace kurir::smtp {

namespace {

constexpr std::string_view ipv6_tag = "IPv6:";

bool is_label(std::string_view label, bool edge_hyphens, bool underscores) noexcept {
    if (label.empty() || label.size() > label_max) return false;
    if (!edge_hyphens && (label.front() == '-' || label.back() == '-')) return false;
    for (const char c : label) {
        const bool usual = base::is_alphanumeric(c) || c == '-';
        if (!usual && !(underscores && c == '_')) return false;
    }
    return true;
}

bool is_name(std::string_view name, bool edge_hyphens, bool underscores) noexcept {
    if (name.size() > domain_max) return false;
    for (;;) {
        const std::size_t dot = name.find('.');
        if (!is_label(name.substr(0, dot), edge_hyphens, underscores)) return false;
        if (dot == std::string_view::npos) return true;
        name.remove_prefix(dot + 1);
    }
}

}  // namespace

bool is_domain_name(std::string_view name, grammar rules) noexcept {
    const bool liberal = rules == grammar::liberal;
    return is_name(name, liberal, liberal);
}

// The name is mapped first, by UTS 46 without the transitional mappings: to lower case, to composed
// letters of ordinary width, and to the full stop. People type names in such forms, and every mail
// program maps them; RFC 6531 section 3.3 requires the result.
std::optional<std::string> to_a_labels(const std::string& name) {
    char* converted = nullptr;
    const int rc = idn2_lookup_u8(
        reinterpret_cast<const std::uint8_t*>(name.c_str()),
        reinterpret_cast<std::uint8_t**>(&converted),
        IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL
    );
    const std::unique_ptr<char, void (*)(void*)> owner(converted, idn2_free);
    if (rc != IDN2_OK) return std::nullopt;
    return std::string(converted);
}

std::optional<std::string> address_literal(std::string_view inside, grammar rules) {
    const bool tagged = base::starts_ignoring_case(inside, ipv6_tag);
    if (tagged) inside.remove_prefix(ipv6_tag.size());
    const bool colon = inside.find(':') != std::string_view::npos;
    const bool v6 = tagged || (colon && rules == grammar::liberal);
    const int family = v6 ? AF_INET6 : AF_INET;
    const std::string terminated(inside);
    if (terminated.find('\0') != std::string::npos) return std::nullopt;

    std::array<std::byte, sizeof(in6_addr)> binary{};
    if (inet_pton(family, terminated.c_str(), binary.data()) != 1) return std::nullopt;
    std::array<char, INET6_ADDRSTRLEN> canonical{};
    inet_ntop(family, binary.data(), canonical.data(), canonical.size());
    return '[' + (v6 ? std::string(ipv6_tag) : std::string()) + canonical.data() + ']';
}

// Host names of containers and desktops have underscores, and some clients forget the IPv6 tag:
// neither is a reason to refuse their mail (S006).
bool is_domain_or_literal(std::string_view text) noexcept {
    if (text.empty() || text.size() > domain_max) return false;
    if (text.front() == '[') {
        if (text.back() != ']' || text.size() < 3) return false;
        return address_literal(text.substr(1, text.size() - 2), grammar::liberal).has_value();
    }
    if (text.back() == '.') text.remove_suffix(1);
    return is_name(text, false, true);
}

}  // namespace kurir::smtp
