#include "relay/admin/query.hpp"

#include <cstdint>

#include "relay/base/text.hpp"

namespace kurir::admin {

std::optional<std::string> decoded(std::string_view text, bool plus_is_space) {
    std::string plain;
    plain.reserve(text.size());
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] == '+' && plus_is_space) {
            plain += ' ';
        } else if (text[at] == '%') {
            const auto digits = text.substr(at + 1, 2);
            const auto byte = base::parse_number<std::uint8_t>(digits, 16);
            if (digits.size() != 2 || !byte) return std::nullopt;
            plain += static_cast<char>(*byte);
            at += 2;
        } else {
            plain += text[at];
        }
    }
    return plain;
}

std::string encoded(std::string_view text) {
    std::string coded;
    for (const char c : text) {
        if (base::is_alphanumeric(c) ||
            std::string_view("-._~").find(c) != std::string_view::npos) {
            coded += c;
            continue;
        }
        const auto byte = static_cast<unsigned char>(c);
        coded += {'%', base::capital_hex_digits[byte >> 4], base::capital_hex_digits[byte & 0xf]};
    }
    return coded;
}

std::optional<query> query_of(std::string_view target) {
    query found;
    const auto begin = target.find('?');
    if (begin == std::string_view::npos) return found;
    auto rest = target.substr(begin + 1);
    while (!rest.empty()) {
        const auto end = std::min(rest.find('&'), rest.size());
        const auto pair = rest.substr(0, end);
        rest.remove_prefix(std::min(end + 1, rest.size()));
        if (pair.empty()) continue;
        const auto equals = std::min(pair.find('='), pair.size());
        auto name = decoded(pair.substr(0, equals), true);
        auto value = decoded(pair.substr(std::min(equals + 1, pair.size())), true);
        if (!name || !value) return std::nullopt;
        found.emplace_back(std::move(*name), std::move(*value));
    }
    return found;
}

}  // namespace kurir::admin
