#include "relay/users/admin_tokens.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "relay/base/hexadecimal.hpp"
#include "relay/base/text.hpp"
#include "relay/sasl/digest.hpp"

namespace kurir::users {

namespace {

constexpr std::array<std::string_view, 3> right_names{"read", "act", "submit"};
constexpr std::string_view digest_prefix = "sha256:";

std::string_view take_field(std::string_view& rest) {
    const auto end = std::min(rest.find_first_of(" \t"), rest.size());
    const auto field = rest.substr(0, end);
    rest = base::trimmed_front(rest.substr(end));
    return field;
}

// Nothing if a word is no right.
std::optional<std::uint8_t> rights_in(std::string_view list) {
    std::uint8_t rights = 0;
    while (true) {
        const auto end = std::min(list.find(','), list.size());
        const auto found = std::ranges::find(right_names, list.substr(0, end));
        if (found == right_names.end()) return std::nullopt;
        rights |= static_cast<std::uint8_t>(1U << (found - right_names.begin()));
        if (end == list.size()) return rights;
        list.remove_prefix(end + 1);
    }
}

// b64token of RFC 6750 section 2.1.
bool is_bearer_token(std::string_view text) {
    const auto padding = std::min(text.find('='), text.size());
    const auto word = text.substr(0, padding);
    static constexpr std::string_view others = "-._~+/";
    return !word.empty() && std::ranges::all_of(word, [](char c) {
        return base::is_alphanumeric(c) || others.find(c) != std::string_view::npos;
    }) && text.substr(padding).find_first_not_of('=') == std::string_view::npos;
}

// Nothing if it is no SHA-256 in hexadecimal.
std::optional<std::string> read_digest(std::string_view text) {
    auto digest = base::lowered(text);
    const bool good = digest.size() == 2 * sasl::sha256_size &&
                      digest.find_first_not_of("0123456789abcdef") == std::string::npos;
    return good ? std::optional(std::move(digest)) : std::nullopt;
}

std::string digest_of(std::string_view token) {
    return base::in_hexadecimal(sasl::sha256(token));
}

}  // namespace

std::string_view name_of(admin_right right) noexcept {
    return right_names[static_cast<std::size_t>(right)];
}

std::optional<std::string> admin_tokens::add(std::string_view line) {
    auto rest = line;
    const auto name = take_field(rest);
    const auto list = take_field(rest);
    const auto token = take_field(rest);
    if (token.empty() || !rest.empty()) return "is not NAME RIGHTS TOKEN";
    const auto rights = rights_in(list);
    if (!rights) return "has rights that are not read, act or submit, with commas between them";
    std::string digest;
    if (token.starts_with(digest_prefix)) {
        auto given = read_digest(token.substr(digest_prefix.size()));
        if (!given) return "has a digest that is not 64 hexadecimal digits after sha256:";
        digest = std::move(*given);
    } else {
        if (token.size() < shortest || token.size() > longest || !is_bearer_token(token)) {
            return "has a token that is not " + std::to_string(shortest) + " to " +
                   std::to_string(longest) + " letters, digits and -._~+/ (openssl rand -hex 32)";
        }
        digest = digest_of(token);
    }
    const auto named = [&](const auto& each) { return each.second.name == name; };
    if (std::ranges::any_of(by_digest_, named)) {
        return "has a name that another token has";
    }
    if (!by_digest_.emplace(std::move(digest), admin_token{std::string(name), *rights}).second) {
        return "has a token that another name has";
    }
    return std::nullopt;
}

const admin_token* admin_tokens::find(std::string_view token) const {
    const auto found = by_digest_.find(digest_of(token));
    return found == by_digest_.end() ? nullptr : &found->second;
}

}  // namespace kurir::users
