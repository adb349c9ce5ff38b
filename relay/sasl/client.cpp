#include "relay/sasl/client.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

#include "relay/sasl/base64.hpp"
#include "relay/sasl/mechanisms.hpp"
#include "relay/sasl/secret.hpp"

namespace kurir::sasl {

namespace {

// Of a command line without "AUTH " and the line end (RFC 5321 section 4.5.3.1.4).
constexpr std::size_t argument_size_max = 512 - 7;

std::string encoded(std::string text) {
    auto made = encode_base64(text);
    wipe(text);
    return made;
}

}  // namespace

client_login::client_login(std::shared_ptr<const client_account> account, std::string nonce)
    : account_(std::move(account)), nonce_(std::move(nonce)) {}

void client_login::secured(channel_bindings channel) {
    secure_ = true;
    channel_ = std::move(channel);
}

std::vector<std::string_view> client_login::by_preference() const {
    std::vector<std::string_view> usable;
    if (!account_->token().empty()) usable = {oauthbearer, xoauth2};
    if (account_->password().empty()) return usable;
    if (account_->prepared_password()) {
        if (channel_.available()) usable.push_back(scram_plus);
        usable.push_back(scram);
    }
    if (!secure_) usable.push_back(cram_md5);
    usable.push_back(plain);
    usable.push_back(login);
    if (secure_) usable.push_back(cram_md5);
    return usable;
}

std::string client_login::begin(const std::vector<std::string>& mechanisms) {
    const auto is_offered = [&mechanisms](std::string_view name) {
        return std::ranges::find(mechanisms, name) != mechanisms.end();
    };
    const auto usable = by_preference();
    const auto chosen = std::ranges::find_if(usable, is_offered);
    if (chosen == usable.end()) return {};
    mechanism_ = *chosen;
    if (mechanism_ == scram || mechanism_ == scram_plus) {
        exchange_ = make_client_scram(
            {.account = account_, .channel = channel_, .nonce = nonce_}, mechanism_ == scram_plus
        );
    } else {
        exchange_ = make_client_exchange(mechanism_, account_);
    }
    std::string argument(mechanism_);
    auto first = exchange_->first();
    if (!first) return argument;
    auto text = encoded(std::move(*first));
    if (text.empty()) text = '=';
    if (argument.size() + 1 + text.size() <= argument_size_max) return argument + ' ' + text;
    held_ = std::move(text);
    return argument;
}

std::optional<std::string> client_login::answer(std::string_view challenge) {
    assert(exchange_);
    if (held_) {
        auto text = std::exchange(held_, std::nullopt);
        return challenge.empty() ? text : std::nullopt;
    }
    const auto decoded = decode_base64(challenge);
    if (!decoded) return std::nullopt;
    auto response = exchange_->respond(*decoded);
    if (!response) return std::nullopt;
    return encoded(std::move(*response));
}

bool client_login::satisfied() const {
    return exchange_ && !held_ && exchange_->proven();
}

std::string client_login::complaint() const {
    return exchange_ ? exchange_->complaint() : std::string();
}

}  // namespace kurir::sasl
