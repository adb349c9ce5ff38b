#include "relay/smtp/address.hpp"

#include <arpa/inet.h>
#include <idn2.h>

#include <array>
#include <memory>

#include "relay/smtp/text.hpp"

namespace kurir::smtp {

namespace {

// RFC 5321 4.5.3.1.1 to 4.5.3.1.3, and RFC 1035 2.3.4.
constexpr std::size_t local_part_max = 64;
constexpr std::size_t domain_max = 255;
constexpr std::size_t path_max = 256;  // with its angle brackets
constexpr std::size_t label_max = 63;

constexpr std::string_view ipv6_tag = "IPv6:";

constexpr bool is_alphanumeric(char c) noexcept {
    return is_letter(c) || is_digit(c);
}

constexpr bool is_atext(char c) noexcept {
    return is_alphanumeric(c) ||
           std::string_view("!#$%&'*+-/=?^_`{|}~").find(c) != std::string_view::npos;
}

constexpr bool is_printable(char c) noexcept {
    return c >= 0x20 && c <= 0x7e;
}

// The input and how far it has been read.
class cursor {
public:
    cursor(std::string_view text, bool allow_utf8) : text_(text), allow_utf8_(allow_utf8) {}

    bool at_end() const noexcept { return position_ == text_.size(); }
    char peek() const noexcept { return at_end() ? '\0' : text_[position_]; }
    std::size_t position() const noexcept { return position_; }
    bool allows_utf8() const noexcept { return allow_utf8_; }
    std::string_view since(std::size_t start) const noexcept {
        return text_.substr(start, position_ - start);
    }

    bool take(char wanted) noexcept {
        if (at_end() || text_[position_] != wanted) return false;
        ++position_;
        return true;
    }

    template <class Predicate>
    std::string_view take_while(Predicate wanted) noexcept {
        const std::size_t start = position_;
        while (!at_end() && wanted(text_[position_]))
            ++position_;
        return since(start);
    }

private:
    std::string_view text_;
    std::size_t position_ = 0;
    bool allow_utf8_;
};

template <class T>
parsed<T> failure(address_error error) {
    parsed<T> result;
    result.error = error;
    return result;
}

template <class T>
parsed<T> success(T value, std::size_t consumed) {
    parsed<T> result;
    result.value = std::move(value);
    result.consumed = consumed;
    return result;
}

bool is_dot_string(std::string_view text) noexcept {
    bool after_dot = true;
    for (const char c : text) {
        if (c == '.') {
            if (after_dot) return false;
            after_dot = true;
        } else {
            if (!is_atext(c) && !is_high(c)) return false;
            after_dot = false;
        }
    }
    return !after_dot;
}

// The content of a quoted local-part with no more quoting than it needs (RFC 5321 4.1.2), so that
// equal mailboxes have equal texts.
std::string minimally_quoted(std::string_view content) {
    if (is_dot_string(content)) return std::string(content);
    std::string quoted = "\"";
    for (const char c : content) {
        if (c == '"' || c == '\\') quoted += '\\';
        quoted += c;
    }
    return quoted += '"';
}

std::optional<std::string> quoted_local_part(cursor& in) {
    std::string content;
    while (!in.take('"')) {
        const bool escaped = in.take('\\');
        const char c = in.peek();
        if (in.at_end() || !(is_printable(c) || (is_high(c) && !escaped))) return std::nullopt;
        in.take(c);
        content += c;
    }
    return minimally_quoted(content);
}

parsed<std::string> local_part(cursor& in) {
    const std::size_t start = in.position();
    std::optional<std::string> text;
    if (in.take('"')) {
        text = quoted_local_part(in);
    } else {
        const auto atoms =
            in.take_while([](char c) { return is_atext(c) || is_high(c) || c == '.'; });
        if (is_dot_string(atoms)) text = std::string(atoms);
    }
    const std::string_view raw = in.since(start);
    if (!text) return failure<std::string>(address_error::syntax);
    if (has_high(raw)) {
        if (!in.allows_utf8()) return failure<std::string>(address_error::utf8_not_allowed);
        if (!is_utf8(raw)) return failure<std::string>(address_error::syntax);
    }
    if (raw.size() > local_part_max) return failure<std::string>(address_error::too_long);
    return success(*text, in.position());
}

bool is_label(std::string_view label, bool underscore) noexcept {
    if (label.empty() || label.size() > label_max) return false;
    if (label.front() == '-' || label.back() == '-') return false;
    for (const char c : label) {
        if (!is_alphanumeric(c) && c != '-' && !(underscore && c == '_')) return false;
    }
    return true;
}

bool is_domain_name(std::string_view name, bool underscore) noexcept {
    for (;;) {
        const std::size_t dot = name.find('.');
        if (!is_label(name.substr(0, dot), underscore)) return false;
        if (dot == std::string_view::npos) return true;
        name.remove_prefix(dot + 1);
    }
}

// A name with U-labels as A-labels. It is mapped first, as UTS 46 has it without the transitional
// mappings: to lower case, to composed letters of ordinary width, and to the full stop. People type
// names so, and every mail program maps them; RFC 6531 section 3.3 wants what results.
std::optional<std::string> to_ascii(const std::string& name) {
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

// The address of a literal without its brackets in its one spelling, or nothing.
std::optional<std::string> canonical_address(std::string_view text) {
    const bool v6 = starts_ignoring_case(text, ipv6_tag);
    if (v6) text.remove_prefix(ipv6_tag.size());
    const int family = v6 ? AF_INET6 : AF_INET;
    const std::string terminated(text);
    if (terminated.find('\0') != std::string::npos) return std::nullopt;

    std::array<std::byte, sizeof(in6_addr)> binary{};
    if (inet_pton(family, terminated.c_str(), binary.data()) != 1) return std::nullopt;
    std::array<char, INET6_ADDRSTRLEN> canonical{};
    inet_ntop(family, binary.data(), canonical.data(), canonical.size());
    return (v6 ? std::string(ipv6_tag) : std::string()) + canonical.data();
}

parsed<std::string> address_literal(cursor& in) {
    const auto inside =
        in.take_while([](char c) { return is_alphanumeric(c) || c == '.' || c == ':'; });
    const auto address = canonical_address(inside);
    if (!address || !in.take(']')) return failure<std::string>(address_error::syntax);
    return success('[' + *address + ']', in.position());
}

parsed<std::string> domain(cursor& in) {
    if (in.take('[')) return address_literal(in);
    const auto raw = in.take_while([](char c) {
        return is_alphanumeric(c) || is_high(c) || c == '-' || c == '.';
    });
    if (raw.size() > domain_max) return failure<std::string>(address_error::too_long);
    std::string name = lowered(raw);
    if (has_high(raw)) {
        if (!in.allows_utf8()) return failure<std::string>(address_error::utf8_not_allowed);
        auto ascii = is_utf8(name) ? to_ascii(name) : std::nullopt;
        if (!ascii) return failure<std::string>(address_error::syntax);
        name = std::move(*ascii);
    }
    if (name.size() > domain_max) return failure<std::string>(address_error::too_long);
    if (!is_domain_name(name, false)) return failure<std::string>(address_error::syntax);
    return success(std::move(name), in.position());
}

parsed<mailbox> mailbox_at(cursor& in) {
    const std::size_t start = in.position();
    const auto local = local_part(in);
    if (!local) return failure<mailbox>(local.error);
    if (!in.take('@')) {
        const bool ended = in.at_end() || in.peek() == '>';
        return failure<mailbox>(ended ? address_error::unqualified : address_error::syntax);
    }
    const auto host = domain(in);
    if (!host) return failure<mailbox>(host.error);

    const std::string_view raw = in.since(start);
    if (raw.size() + 2 > path_max) return failure<mailbox>(address_error::too_long);
    mailbox value;
    value.local_part = *local.value;
    value.domain = *host.value;
    value.utf8 = has_high(raw);
    return success(std::move(value), in.position());
}

// "@a,@b:" before a mailbox: read and dropped (RFC 5321 appendix F.2). False if it is malformed.
bool skip_source_route(cursor& in) {
    if (in.peek() != '@') return true;
    do {
        if (!in.take('@') || !domain(in)) return false;
    } while (in.take(','));
    return in.take(':');
}

parsed<path> bracketed(cursor& in) {
    if (!skip_source_route(in)) return failure<path>(address_error::syntax);
    auto address = mailbox_at(in);
    if (!address) return failure<path>(address.error);
    if (!in.take('>')) return failure<path>(address_error::syntax);
    path value;
    value.address = std::move(address.value);
    return success(std::move(value), in.position());
}

}  // namespace

parsed<path> parse_reverse_path(std::string_view text, bool allow_utf8) {
    constexpr std::string_view null_path = "<>";
    if (text.starts_with(null_path)) return success(path(), null_path.size());
    cursor in(text, allow_utf8);
    if (!in.take('<')) return failure<path>(address_error::syntax);
    return bracketed(in);
}

parsed<path> parse_forward_path(std::string_view text, bool allow_utf8) {
    constexpr std::string_view postmaster = "<Postmaster>";
    if (starts_ignoring_case(text, postmaster)) {
        path value;
        value.postmaster = true;
        return success(std::move(value), postmaster.size());
    }
    cursor in(text, allow_utf8);
    if (!in.take('<')) return failure<path>(address_error::syntax);
    return bracketed(in);
}

parsed<mailbox> parse_mailbox(std::string_view text, bool allow_utf8) {
    cursor in(text, allow_utf8);
    auto result = mailbox_at(in);
    if (result && !in.at_end()) return failure<mailbox>(address_error::syntax);
    return result;
}

// Host names of containers and desktops have underscores, and some clients forget the IPv6 tag:
// neither is a reason to refuse their mail (conformance S006).
bool is_domain_or_literal(std::string_view text) noexcept {
    if (text.empty() || text.size() > domain_max) return false;
    if (text.front() == '[') {
        if (text.back() != ']' || text.size() < 3) return false;
        const std::string_view inside = text.substr(1, text.size() - 2);
        return canonical_address(inside) ||
               canonical_address(std::string(ipv6_tag) + std::string(inside));
    }
    if (text.back() == '.') text.remove_suffix(1);
    return is_domain_name(text, true);
}

}  // namespace kurir::smtp
