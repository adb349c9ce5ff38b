// Logins, on both sides: lines of a client for each mechanism that a server offers, and lines of a
// server for each that a client takes. What is checked beside memory: nobody is let in without
// having shown a password, a proof or a token, no server is believed without its signature, names
// are printable, and base64 has one text for each value.
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "relay/base/text.hpp"
#include "relay/base/utf8.hpp"
#include "relay/sasl/base64.hpp"
#include "relay/sasl/client.hpp"
#include "relay/sasl/mechanisms.hpp"
#include "relay/sasl/prepare.hpp"
#include "relay/sasl/server.hpp"

namespace {

using namespace kurir;
using namespace kurir::sasl;

std::vector<std::string_view> lines_of(std::string_view input) {
    std::vector<std::string_view> lines;
    for (;;) {
        const auto end = input.find('\n');
        lines.push_back(input.substr(0, end));
        if (end == input.npos) return lines;
        input.remove_prefix(end + 1);
    }
}

const server_terms& everything() {
    static const server_terms terms{
        .secure = true,
        .channel = {.tls_exporter = "exported", .tls_server_end_point = "hashed"},
        .keys = true,
        .tokens = true,
        .nonce = "server",
    };
    return terms;
}

void check_name(const std::string& name) {
    assert(name.size() <= name_size_max && base::is_utf8(name));
    assert(name.find('\0') == name.npos);
}

// Keys that the client does not have.
const scram_keys& keys_of_nobody() {
    static const scram_keys keys{"salt", 4096, std::string(32, 's'), std::string(32, 'k')};
    return keys;
}

// A client that says these lines, as they are, to a server that knows neither proof nor token.
void serve(std::string_view mechanism, const std::vector<std::string_view>& lines) {
    const auto exchange = begin_exchange(mechanism, everything());
    auto step = exchange->begin(std::nullopt);
    std::size_t next = 0;
    for (;;) {
        if (std::holds_alternative<challenge>(step)) {
            if (next == lines.size()) return;
            step = exchange->respond(lines[next++]);
        } else if (const auto* keys = std::get_if<keys_asked>(&step)) {
            check_name(keys->name);
            step = exchange->on_keys(keys_of_nobody());
        } else if (const auto* token = std::get_if<token_asked>(&step)) {
            check_name(token->name);
            assert(!token->token.empty());
            step = exchange->on_token(std::nullopt);
        } else {
            if (const auto* password = std::get_if<password_asked>(&step)) {
                check_name(password->name);
                assert(!password->name.empty() && !password->password.empty());
            }
            assert(!std::holds_alternative<accepted>(step));
            return;
        }
    }
}

// A server that says these lines, encoded or as they are.
void call(std::string_view mechanism, const std::vector<std::string_view>& lines, bool encode) {
    static const auto account = std::make_shared<client_account>(
        client_secrets{.name = "user", .password = secret("pencil"), .token = secret("token")}
    );
    client_login client(account, "client");
    client.secured({.tls_exporter = "exported"});
    assert(!client.begin({std::string(mechanism)}).empty());
    for (const auto line : lines) {
        const auto sent = client.answer(encode ? encode_base64(line) : std::string(line));
        if (!sent) break;
        assert(decode_base64(*sent));
    }
    const bool is_scram = mechanism.starts_with(scram);
    assert(!is_scram || !client.satisfied());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    const auto lines = lines_of(input);
    for (const auto mechanism : offered_mechanisms(everything()))
        serve(mechanism, lines);
    for (const auto mechanism : {scram_plus, scram, plain, login, cram_md5, oauthbearer, xoauth2}) {
        call(mechanism, lines, true);
        call(mechanism, lines, false);
    }
    assert(decode_base64(encode_base64(input)) == input);
    if (const auto bytes = decode_base64(input)) assert(encode_base64(*bytes) == input);
    if (const auto prepared = prepare_password(input)) assert(base::is_utf8(*prepared));
    return 0;
}
