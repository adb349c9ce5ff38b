#include "relay/sasl/scram.hpp"

#include <algorithm>
#include <cassert>

#include "relay/base/text.hpp"
#include "relay/base/utf8.hpp"
#include "relay/sasl/digest.hpp"
#include "relay/sasl/prepare.hpp"
#include "relay/sasl/secret.hpp"

namespace kurir::sasl {

scram_derivation derive_scram(
    std::string_view password, std::string_view salt, std::uint32_t iterations
) {
    const secret salted(pbkdf2_sha256(password, salt, iterations));
    return {
        .client_key = hmac_sha256(salted.text(), "Client Key"),
        .server_key = hmac_sha256(salted.text(), "Server Key"),
    };
}

scram_keys make_scram_keys(std::string_view password, std::string salt, std::uint32_t iterations) {
    auto derived = derive_scram(password, salt, iterations);
    scram_keys made{
        .salt = std::move(salt),
        .iterations = iterations,
        .stored_key = sha256(derived.client_key),
        .server_key = std::move(derived.server_key),
    };
    wipe(derived.client_key);
    return made;
}

std::string exclusive_or(std::string_view a, std::string_view b) {
    assert(a.size() == b.size());
    std::string made(a.size(), '\0');
    std::ranges::transform(a, b, made.begin(), [](char x, char y) {
        return static_cast<char>(x ^ y);
    });
    return made;
}

std::optional<scram_fields> read_scram_fields(std::string_view message) {
    if (message.size() > scram_message_size_max || message.find('\0') != message.npos) {
        return std::nullopt;
    }
    scram_fields fields;
    for (bool more = true; more;) {
        const auto comma = message.find(',');
        const auto field = message.substr(0, comma);
        more = comma != message.npos;
        if (more) message.remove_prefix(comma + 1);
        if (field.size() < 3 || !base::is_letter(field[0]) || field[1] != '=') return std::nullopt;
        fields.emplace_back(field[0], field.substr(2));
    }
    return fields;
}

bool is_scram_nonce(std::string_view text) {
    return !text.empty() &&
           std::ranges::all_of(text, [](char c) { return c > ' ' && c <= '~' && c != ','; });
}

std::optional<std::uint32_t> read_scram_iterations(std::string_view text) {
    const auto count = base::parse_number<std::uint32_t>(text);
    if (!count || text.starts_with('0')) return std::nullopt;
    if (*count < scram_iterations_min || *count > scram_iterations_max) return std::nullopt;
    return count;
}

std::string encode_scram_name(std::string_view name) {
    std::string text;
    for (const char c : name) {
        if (c == ',') {
            text += "=2C";
        } else if (c == '=') {
            text += "=3D";
        } else {
            text += c;
        }
    }
    return text;
}

std::optional<std::string> decode_scram_name(std::string_view text) {
    std::string name;
    while (!text.empty()) {
        const auto escape = text.find('=');
        name += text.substr(0, escape);
        if (escape == text.npos) break;
        const auto code = text.substr(escape, 3);
        if (code != "=2C" && code != "=3D") return std::nullopt;
        name += code == "=2C" ? ',' : '=';
        text.remove_prefix(escape + 3);
    }
    if (name.empty() || name.size() > name_size_max || !base::is_utf8(name)) return std::nullopt;
    return name;
}

const std::string* binding_called(const channel_bindings& channel, std::string_view name) {
    const std::string* found = nullptr;
    if (name == "tls-exporter") found = &channel.tls_exporter;
    if (name == "tls-server-end-point") found = &channel.tls_server_end_point;
    return found != nullptr && !found->empty() ? found : nullptr;
}

}  // namespace kurir::sasl
