#include "relay/sasl/server_scram.hpp"

#include <cassert>
#include <optional>
#include <utility>

#include "relay/sasl/base64.hpp"
#include "relay/sasl/digest.hpp"
#include "relay/sasl/server_password.hpp"

namespace kurir::sasl {

namespace {

// The header of GS2: flag,[a=name],
struct header {
    std::string_view whole;
    std::string_view flag;  // n, y or p=NAME
    std::optional<std::string> acting_for = std::nullopt;
};

std::optional<header> read_header(std::string_view message) {
    const auto first = message.find(',');
    if (first == message.npos) return std::nullopt;
    const auto second = message.find(',', first + 1);
    if (second == message.npos) return std::nullopt;
    header read{.whole = message.substr(0, second + 1), .flag = message.substr(0, first)};
    if (read.flag != "n" && read.flag != "y" &&
        !(read.flag.starts_with("p=") && read.flag.size() > 2)) {
        return std::nullopt;
    }
    const auto authorization = message.substr(first + 1, second - first - 1);
    if (authorization.empty()) return read;
    if (!authorization.starts_with("a=")) return std::nullopt;
    read.acting_for = decode_scram_name(authorization.substr(2));
    if (!read.acting_for) return std::nullopt;
    return read;
}

}  // namespace

scram_exchange::scram_exchange(bool bound, channel_bindings channel, std::string nonce)
    : bound_(bound), channel_(std::move(channel)), nonce_(std::move(nonce)) {
    assert(is_scram_nonce(nonce_));
}

server_step scram_exchange::respond(std::string_view response) {
    switch (state_) {
        case state::first:
            return on_first(response);
        case state::final:
            return on_final(response);
        case state::told:
            if (!response.empty()) return malformed{};
            return accepted{name_};
        case state::keys:
            break;
    }
    assert(false && "the keys were not waited for");
    return malformed{};
}

server_step scram_exchange::on_first(std::string_view message) {
    const auto read = read_header(message);
    if (!read) return malformed{};
    const auto bare = message.substr(read->whole.size());
    const auto fields = read_scram_fields(bare);
    // A field m= before the name is an extension that must be understood: there is none.
    if (!fields || fields->size() < 2 || (*fields)[0].first != 'n' || (*fields)[1].first != 'r' ||
        !is_scram_nonce((*fields)[1].second)) {
        return malformed{};
    }
    auto name = decode_scram_name((*fields)[0].second);
    if (!name || !is_user_name(*name)) return malformed{};
    name_ = std::move(*name);
    if (read->flag.starts_with('p') != bound_) return malformed{};
    // It could have bound, and was not offered to: somebody took the offer out.
    if (read->flag == "y" && channel_.available()) return refused{name_};
    if (read->acting_for && *read->acting_for != name_) return refused{name_};
    binding_input_ = read->whole;
    if (bound_) {
        const auto* binding = binding_called(channel_, read->flag.substr(2));
        if (binding == nullptr) return refused{name_};
        binding_input_ += *binding;
    }
    nonce_.insert(0, (*fields)[1].second);
    auth_message_ = bare;
    state_ = state::keys;
    return keys_asked{name_};
}

server_step scram_exchange::on_keys(const scram_keys& keys) {
    assert(state_ == state::keys);
    keys_ = keys;
    state_ = state::final;
    auto text = "r=" + nonce_ + ",s=" + encode_base64(keys_.salt) +
                ",i=" + std::to_string(keys_.iterations);
    auth_message_ += ',' + text;
    return challenge{std::move(text)};
}

server_step scram_exchange::on_final(std::string_view message) {
    const auto fields = read_scram_fields(message);
    if (!fields || fields->size() < 3 || (*fields)[0].first != 'c' || (*fields)[1].first != 'r' ||
        fields->back().first != 'p') {
        return malformed{};
    }
    const auto binding = decode_base64((*fields)[0].second);
    const auto proof = decode_base64(fields->back().second);
    if (!binding || !proof || proof->size() != sha256_size) return malformed{};
    auth_message_ += ',';
    auth_message_ += message.substr(0, message.rfind(",p="));
    const auto signature = hmac_sha256(keys_.stored_key, auth_message_);
    const secret client_key(exclusive_or(*proof, signature));
    const bool proven = equal_secrets(sha256(client_key.text()), keys_.stored_key);
    if (!proven || (*fields)[1].second != nonce_ || *binding != binding_input_) {
        return refused{name_};
    }
    state_ = state::told;
    return challenge{"v=" + encode_base64(hmac_sha256(keys_.server_key, auth_message_))};
}

}  // namespace kurir::sasl
