#include "relay/smtp/xclient.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

#include "relay/base/text.hpp"
#include "relay/base/utf8.hpp"
#include "relay/smtp/hello.hpp"

namespace kurir::smtp {

namespace {

constexpr std::size_t text_max = 255;

constexpr bool is_control_or_delete(char c) noexcept {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

std::optional<std::uint8_t> hex_digit(char c) noexcept {
    return base::parse_number<std::uint8_t>({&c, 1}, 16);
}

// RFC 3461 section 4, with hexadecimal digits of either case. What it hides must not be a control
// character: decoded values end up in lines.
std::optional<std::string> decode_xtext(std::string_view text) {
    std::string decoded;
    for (std::size_t at = 0; at < text.size(); ++at) {
        char c = text[at];
        if (c == '+') {
            if (text.size() - at < 3) return std::nullopt;
            const auto high = hex_digit(text[at + 1]);
            const auto low = hex_digit(text[at + 2]);
            if (!high || !low) return std::nullopt;
            c = static_cast<char>(*high << 4U | *low);
            at += 2;
        }
        if (is_control_or_delete(c)) return std::nullopt;
        decoded += c;
    }
    return decoded;
}

using text = std::string_view;

std::optional<std::string> read_name(text value) {
    const auto printable = [](char c) { return c > ' ' && !base::is_high(c); };
    if (value.size() > text_max || !std::ranges::all_of(value, printable)) return std::nullopt;
    return std::string(value);
}

// "192.0.2.1", "IPV6:2001:db8::1", or that without its tag.
std::optional<std::string> read_address(text value) {
    constexpr text tag = "IPV6:";
    const bool tagged = base::starts_ignoring_case(value, tag);
    const std::string address(tagged ? value.substr(tag.size()) : value);
    std::array<unsigned char, sizeof(in6_addr)> bytes;
    if (!tagged && ::inet_pton(AF_INET, address.c_str(), bytes.data()) == 1) return address;
    if (::inet_pton(AF_INET6, address.c_str(), bytes.data()) == 1) return address;
    return std::nullopt;
}

std::optional<std::uint16_t> read_port(text value) {
    return base::parse_number<std::uint16_t>(value);
}

std::optional<bool> read_protocol(text value) {
    const bool extended = base::equal_ignoring_case(value, "ESMTP");
    if (!extended && !base::equal_ignoring_case(value, "SMTP")) return std::nullopt;
    return extended;
}

std::optional<std::string> read_helo(text value) {
    return hello_name(value);
}

// A name that looks like the credential of a certificate is none of a user.
std::optional<std::string> read_login(text value) {
    constexpr text of_certificates = "cert:";
    if (value.size() > text_max || !base::is_utf8(value)) return std::nullopt;
    if (base::starts_ignoring_case(value, of_certificates)) return std::nullopt;
    return std::string(value);
}

// False if the value is not one that the attribute may have.
template <auto Member, auto Read>
bool take(text value, client_claims& claims) {
    auto& claim = claims.*Member;
    if (claim.given || value.empty()) return false;
    claim.given = true;
    const bool unknown = base::equal_ignoring_case(value, "[UNAVAILABLE]") ||
                         base::equal_ignoring_case(value, "[TEMPUNAVAIL]");
    if (unknown) return true;
    const auto decoded = decode_xtext(value);
    if (!decoded || decoded->empty()) return false;
    claim.value = Read(*decoded);
    return claim.value.has_value();
}

struct attribute_row {
    text name;
    bool (*take)(text value, client_claims& claims);
};

constexpr auto attribute_rows = std::to_array<attribute_row>({
    {"NAME", take<&client_claims::name, read_name>},
    {"ADDR", take<&client_claims::address, read_address>},
    {"PORT", take<&client_claims::port, read_port>},
    {"PROTO", take<&client_claims::extended, read_protocol>},
    {"HELO", take<&client_claims::helo, read_helo>},
    {"LOGIN", take<&client_claims::login, read_login>},
    {"DESTADDR", take<&client_claims::server_address, read_address>},
    {"DESTPORT", take<&client_claims::server_port, read_port>},
});

}  // namespace

std::optional<client_claims> parse_xclient(std::string_view argument) {
    client_claims claims;
    argument = base::trimmed(argument);
    if (argument.empty()) return std::nullopt;
    while (!argument.empty()) {
        const auto word = argument.substr(0, argument.find_first_of(base::blanks));
        argument = base::trimmed_front(argument.substr(word.size()));
        const auto name = word.substr(0, word.find('='));
        const auto* const row = std::ranges::find_if(attribute_rows, [&](const auto& each) {
            return base::equal_ignoring_case(each.name, name);
        });
        if (row == attribute_rows.end() || name.size() == word.size()) return std::nullopt;
        if (!row->take(word.substr(name.size() + 1), claims)) return std::nullopt;
    }
    return claims;
}

std::string xclient_attributes() {
    std::string all;
    for (const auto& row : attribute_rows) {
        if (!all.empty()) all += ' ';
        all += row.name;
    }
    return all;
}

}  // namespace kurir::smtp
