#include "relay/spf/record.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <utility>

#include "relay/base/numeric_address.hpp"
#include "relay/base/text.hpp"
#include "relay/spf/macro.hpp"

namespace kurir::spf {

namespace {

constexpr std::string_view version = "v=spf1";
constexpr unsigned int v4_bits_max = 32;
constexpr unsigned int v6_bits_max = 128;

constexpr std::array<std::pair<std::string_view, mechanism_kind>, 8> kinds{{
    {"all", mechanism_kind::all},
    {"include", mechanism_kind::include},
    {"a", mechanism_kind::a},
    {"mx", mechanism_kind::mx},
    {"ptr", mechanism_kind::ptr},
    {"ip4", mechanism_kind::ip4},
    {"ip6", mechanism_kind::ip6},
    {"exists", mechanism_kind::exists},
}};

std::optional<mechanism_kind> kind_of(std::string_view name) {
    const auto found = std::ranges::find_if(kinds, [name](const auto& each) {
        return base::equal_ignoring_case(each.first, name);
    });
    if (found == kinds.end()) return std::nullopt;
    return found->second;
}

qualifier take_qualifier(std::string_view& term) {
    constexpr std::string_view signs = "+-~?";
    const auto at = signs.find(term.front());
    if (at == std::string_view::npos) return qualifier::pass;
    term.remove_prefix(1);
    return static_cast<qualifier>(at);
}

// A prefix length: digits without a leading zero, at most `max`.
std::optional<unsigned int> bits_of(std::string_view text, unsigned int max) {
    const auto number = base::parse_number<unsigned int>(text);
    if (!number || *number > max || (text.size() > 1 && text.front() == '0')) return std::nullopt;
    return number;
}

// Takes "/24", "//64" or "/24//64" from the end. False if it is none of these.
bool take_dual_bits(std::string_view& text, mechanism& read) {
    const auto slash = text.find('/');
    // A slash may also stand in a macro: %{d/}, the delimiter of a transformer.
    const auto closed = text.rfind('}');
    const auto begin =
        closed == std::string_view::npos || slash > closed ? slash : text.find('/', closed);
    if (begin == std::string_view::npos) return true;
    auto rest = text.substr(begin);
    text = text.substr(0, begin);
    const auto both = rest.find("//");
    if (both != std::string_view::npos) {
        const auto bits = bits_of(rest.substr(both + 2), v6_bits_max);
        if (!bits) return false;
        read.v6_bits = *bits;
        rest = rest.substr(0, both);
        if (rest.empty()) return true;
    }
    const auto bits = bits_of(rest.substr(1), v4_bits_max);
    if (!bits) return false;
    read.v4_bits = *bits;
    return true;
}

// "192.0.2.0/24", of the family that the mechanism has.
bool read_network(std::string_view text, mechanism& read) {
    const bool v4 = read.kind == mechanism_kind::ip4;
    const auto slash = text.find('/');
    if (slash != std::string_view::npos) {
        const auto bits = bits_of(text.substr(slash + 1), v4 ? v4_bits_max : v6_bits_max);
        if (!bits) return false;
        (v4 ? read.v4_bits : read.v6_bits) = *bits;
        text = text.substr(0, slash);
    }
    if (text.find('%') != std::string_view::npos) return false;
    const auto address = base::numeric_address(text);
    if (!address || address->is_v4() != v4) return false;
    read.network = *address;
    return true;
}

// What follows the name of a mechanism: nothing, ":…" or "/…".
bool read_argument(std::string_view rest, mechanism& read) {
    const bool has_colon = rest.starts_with(':');
    auto argument = has_colon ? rest.substr(1) : rest;
    switch (read.kind) {
        case mechanism_kind::all:
            return rest.empty();
        case mechanism_kind::ip4:
        case mechanism_kind::ip6:
            return has_colon && read_network(argument, read);
        case mechanism_kind::a:
        case mechanism_kind::mx:
            if (!take_dual_bits(argument, read)) return false;
            break;
        case mechanism_kind::include:
        case mechanism_kind::exists:
            if (!has_colon) return false;
            break;
        case mechanism_kind::ptr:
            break;
    }
    if (has_colon != !argument.empty()) return false;
    read.domain = argument;
    return !has_colon || is_domain_spec(argument);
}

bool is_modifier_name(std::string_view name) {
    return !name.empty() && base::is_letter(name.front()) && std::ranges::all_of(name, [](char c) {
        return base::is_alphanumeric(c) || c == '-' || c == '_' || c == '.';
    });
}

class reader {
public:
    base::result<record, std::string> read(std::string_view text) {
        while (!text.empty()) {
            const auto end = std::min(text.find(' '), text.size());
            const auto term = text.substr(0, end);
            text.remove_prefix(std::min(end + 1, text.size()));
            if (term.empty()) continue;
            auto wrong = is_modifier(term) ? read_modifier(term) : read_mechanism(term);
            if (!wrong.empty()) return wrong;
        }
        return std::move(read_);
    }

private:
    // "=" comes before whatever can follow the name of a mechanism.
    static bool is_modifier(std::string_view term) {
        const auto equals = term.find('=');
        return equals != std::string_view::npos && is_modifier_name(term.substr(0, equals));
    }

    std::string read_modifier(std::string_view term) {
        const auto equals = term.find('=');
        const auto name = term.substr(0, equals);
        const auto value = term.substr(equals + 1);
        const bool redirects = base::equal_ignoring_case(name, "redirect");
        const bool explains = base::equal_ignoring_case(name, "exp");
        if (!redirects && !explains) {
            return is_macro_string(value) ? "" : "has a bad value in \"" + std::string(term) + "\"";
        }
        if (std::exchange(redirects ? has_redirect_ : has_explanation_, true)) {
            return "has " + base::lowered(name) + "= twice";
        }
        if (!is_domain_spec(value)) return "names no domain in \"" + std::string(term) + "\"";
        if (redirects) read_.redirect = value;
        return {};
    }

    std::string read_mechanism(std::string_view term) {
        mechanism made{.text = std::string(term)};
        auto rest = term;
        made.qualifier = take_qualifier(rest);
        const auto end = std::min(rest.find_first_of(":/"), rest.size());
        const auto kind = kind_of(rest.substr(0, end));
        if (!kind) return "has the unknown term \"" + std::string(term) + "\"";
        made.kind = *kind;
        if (!read_argument(rest.substr(end), made)) {
            return "has a mistake in \"" + std::string(term) + "\"";
        }
        read_.mechanisms.push_back(std::move(made));
        return {};
    }

    record read_;
    bool has_redirect_ = false;
    bool has_explanation_ = false;
};

}  // namespace

bool is_record(std::string_view text) noexcept {
    if (!base::starts_ignoring_case(text, version)) return false;
    return text.size() == version.size() || text[version.size()] == ' ';
}

base::result<record, std::string> parse_record(std::string_view text) {
    if (!is_record(text)) return std::string("does not begin with \"v=spf1\"");
    return reader().read(text.substr(version.size()));
}

bool asks_dns(mechanism_kind kind) noexcept {
    return kind != mechanism_kind::all && kind != mechanism_kind::ip4 &&
           kind != mechanism_kind::ip6;
}

}  // namespace kurir::spf
