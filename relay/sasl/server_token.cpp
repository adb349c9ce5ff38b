#include "relay/sasl/server_token.hpp"

#include <algorithm>
#include <cassert>

#include "relay/base/text.hpp"
#include "relay/sasl/server_password.hpp"

namespace kurir::sasl {

namespace {

constexpr char separator = '\x01';

// b64token of RFC 6750, with the tilde and the dots that tokens have.
bool is_token(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) {
        return base::is_letter(c) || base::is_digit(c) ||
               std::string_view("-._~+/=").find(c) != std::string_view::npos;
    });
}

// Cuts the text before the separator off; nothing if there is none.
std::optional<std::string_view> take_part(std::string_view& text) {
    const auto end = text.find(separator);
    if (end == text.npos) return std::nullopt;
    const auto part = text.substr(0, end);
    text.remove_prefix(end + 1);
    return part;
}

// The token among the pairs key=value, each with its separator, and one more at the end. Pairs
// whose meaning is unknown are ignored (RFC 7628 section 3.1).
std::optional<std::string_view> read_pairs(std::string_view text) {
    constexpr std::string_view scheme = "Bearer ";
    std::optional<std::string_view> token;
    for (;;) {
        const auto pair = take_part(text);
        if (!pair) return std::nullopt;
        if (pair->empty()) break;
        const auto equals = pair->find('=');
        const auto key = pair->substr(0, equals);
        if (equals == pair->npos || key.empty() || !std::ranges::all_of(key, base::is_letter)) {
            return std::nullopt;
        }
        if (key != "auth") continue;
        auto value = pair->substr(equals + 1);
        if (token || !base::starts_ignoring_case(value, scheme)) return std::nullopt;
        value.remove_prefix(scheme.size());
        if (!is_token(value)) return std::nullopt;
        token = value;
    }
    if (!text.empty()) return std::nullopt;
    return token;
}

server_step asked(std::string name, std::string_view pairs) {
    const auto token = read_pairs(pairs);
    if (!token) return malformed{};
    return token_asked{std::move(name), secret(std::string(*token))};
}

}  // namespace

server_step token_exchange::respond(std::string_view response) {
    if (state_ == state::told) return refused{name_};
    assert(state_ == state::first);
    auto step = read(response);
    if (const auto* asks = std::get_if<token_asked>(&step)) {
        name_ = asks->name;
        state_ = state::token;
    }
    return step;
}

server_step token_exchange::on_token(const std::optional<std::string>& name) {
    assert(state_ == state::token);
    if (name) return accepted{*name};
    state_ = state::told;
    return challenge{R"({"status":")" + std::string(refusal_status()) + R"(","schemes":"bearer"})"};
}

server_step oauthbearer_exchange::read(std::string_view message) const {
    auto rest = message;
    const auto header = take_part(rest);
    // No channel is bound, and a client that names one expects it to be looked at.
    if (!header || !(header->starts_with("n,") || header->starts_with("y,"))) return malformed{};
    auto authorization = header->substr(2);
    if (!authorization.ends_with(',')) return malformed{};
    authorization.remove_suffix(1);
    if (authorization.empty()) return asked({}, rest);
    if (!authorization.starts_with("a=")) return malformed{};
    auto name = decode_scram_name(authorization.substr(2));
    if (!name || !is_user_name(*name)) return malformed{};
    return asked(std::move(*name), rest);
}

server_step xoauth2_exchange::read(std::string_view message) const {
    constexpr std::string_view key = "user=";
    auto rest = message;
    const auto user = take_part(rest);
    if (!user || !user->starts_with(key)) return malformed{};
    const auto name = user->substr(key.size());
    if (!is_user_name(name)) return malformed{};
    return asked(std::string(name), rest);
}

}  // namespace kurir::sasl
