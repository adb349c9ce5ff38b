#include "relay/sasl/server_password.hpp"

#include <algorithm>

#include "relay/base/text.hpp"
#include "relay/base/utf8.hpp"
#include "relay/sasl/prepare.hpp"

namespace kurir::sasl {

namespace {

bool is_control(char c) {
    return (c >= '\0' && c < ' ') || c == '\x7f';
}

// Any bytes: a client may have another idea of letters than ours, and its hash agrees with it.
bool is_password(std::string_view text) {
    return !text.empty() && text.size() <= password_size_max && text.find('\0') == text.npos;
}

}  // namespace

bool is_user_name(std::string_view name) {
    return !name.empty() && name.size() <= name_size_max && base::is_utf8(name) &&
           std::ranges::none_of(name, is_control);
}

server_step plain_exchange::respond(std::string_view response) {
    const auto first = response.find('\0');
    if (first == response.npos) return malformed{};
    const auto second = response.find('\0', first + 1);
    if (second == response.npos) return malformed{};
    const auto acting_for = response.substr(0, first);
    const auto name = response.substr(first + 1, second - first - 1);
    const auto password = response.substr(second + 1);
    if (!is_user_name(name) || !is_password(password)) return malformed{};
    if (!acting_for.empty() && acting_for != name) return refused{std::string(name)};
    return password_asked{std::string(name), secret(std::string(password))};
}

server_step login_exchange::begin(std::optional<std::string_view> initial) {
    if (initial) return respond(*initial);
    return challenge{"Username:"};
}

server_step login_exchange::respond(std::string_view response) {
    if (name_.empty()) {
        if (!is_user_name(response)) return malformed{};
        name_ = response;
        return challenge{"Password:"};
    }
    if (!is_password(response)) return malformed{};
    return password_asked{name_, secret(std::string(response))};
}

}  // namespace kurir::sasl
