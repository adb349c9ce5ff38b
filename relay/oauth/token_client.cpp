#include "relay/oauth/token_client.hpp"

#include <string_view>

#include "relay/base/http_url.hpp"
#include "relay/base/text.hpp"

namespace kurir::oauth {

namespace {

// application/x-www-form-urlencoded.
std::string form_encoded(std::string_view text) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    constexpr std::string_view plain = "-._*";
    std::string encoded;
    for (const char c : text) {
        if (base::is_alphanumeric(c) || plain.find(c) != std::string_view::npos) {
            encoded += c;
            continue;
        }
        const auto value = static_cast<unsigned char>(c);
        encoded += '%';
        encoded += digits[value >> 4];
        encoded += digits[value & 15];
    }
    return encoded;
}

void add(std::string& form, std::string_view name, std::string_view value) {
    if (value.empty()) return;
    if (!form.empty()) form += '&';
    form.append(name).append("=").append(form_encoded(value));
}

void hide(std::string& text, std::string_view secret) {
    if (secret.empty()) return;
    for (auto at = text.find(secret); at != std::string::npos; at = text.find(secret, at)) {
        text.replace(at, secret.size(), "***");
        at += 3;
    }
}

}  // namespace

net::http_request token_request(const token_client& client, const std::string& refresh_token) {
    std::string form;
    const bool refreshes = !refresh_token.empty();
    add(form, "grant_type", refreshes ? "refresh_token" : "client_credentials");
    add(form, "client_id", client.client_id);
    add(form, "client_secret", client.client_secret);
    add(form, "refresh_token", refresh_token);
    add(form, "scope", client.scope);
    return {
        .method = "POST",
        .url = client.url,
        .fields =
            {{"Content-Type", "application/x-www-form-urlencoded"}, {"Accept", "application/json"}},
        .body = std::move(form),
    };
}

std::string without_secrets(std::string text, const token_client& client) {
    hide(text, client.client_secret);
    hide(text, client.refresh_token);
    return text;
}

std::string server_of(const token_client& client) {
    return base::server_in(client.url);
}

}  // namespace kurir::oauth
