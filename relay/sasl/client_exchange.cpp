#include "relay/sasl/client_exchange.hpp"

#include <cassert>
#include <utility>

#include "relay/base/hexadecimal.hpp"
#include "relay/sasl/digest.hpp"
#include "relay/sasl/mechanisms.hpp"
#include "relay/sasl/scram.hpp"

namespace kurir::sasl {

namespace {

using shared_account = std::shared_ptr<const client_account>;

class client_plain final : public client_exchange {
public:
    explicit client_plain(shared_account account) : account_(std::move(account)) {}

    std::optional<std::string> first() override {
        return '\0' + account_->name() + '\0' + account_->password().text();
    }
    std::optional<std::string> respond(std::string_view /*challenge*/) override {
        return std::nullopt;
    }

private:
    shared_account account_;
};

// The challenges' texts differ from server to server; their order does not.
class client_login_mechanism final : public client_exchange {
public:
    explicit client_login_mechanism(shared_account account) : account_(std::move(account)) {}

    std::optional<std::string> first() override { return std::nullopt; }
    std::optional<std::string> respond(std::string_view /*challenge*/) override {
        switch (asked_++) {
            case 0:
                return account_->name();
            case 1:
                return account_->password().text();
            default:
                return std::nullopt;
        }
    }

private:
    shared_account account_;
    int asked_ = 0;
};

// RFC 2195.
class client_cram_md5 final : public client_exchange {
public:
    explicit client_cram_md5(shared_account account) : account_(std::move(account)) {}

    std::optional<std::string> first() override { return std::nullopt; }
    std::optional<std::string> respond(std::string_view challenge) override {
        if (challenge.empty() || std::exchange(answered_, true)) return std::nullopt;
        const auto hash = hmac_md5(account_->password().text(), challenge);
        if (!hash) return std::nullopt;
        return account_->name() + ' ' + base::in_hexadecimal(*hash);
    }

private:
    shared_account account_;
    bool answered_ = false;
};

// OAUTHBEARER and XOAUTH2: a challenge after the token says what is wrong with it, and wants an
// answer before the reply comes.
class client_token final : public client_exchange {
public:
    client_token(shared_account account, bool standard)
        : account_(std::move(account)), standard_(standard) {}

    std::optional<std::string> first() override {
        const auto user = standard_ ? "n,a=" + encode_scram_name(account_->name()) + ','
                                    : "user=" + account_->name();
        return user +
               "\x01"
               "auth=Bearer " +
               account_->token().text() + "\x01\x01";
    }
    std::optional<std::string> respond(std::string_view challenge) override {
        if (std::exchange(answered_, true)) return std::nullopt;
        complaint_ = challenge;
        return standard_ ? "\x01" : "";
    }
    std::string complaint() const override { return complaint_; }

private:
    shared_account account_;
    bool standard_;
    bool answered_ = false;
    std::string complaint_;
};

}  // namespace

std::unique_ptr<client_exchange> make_client_exchange(
    std::string_view mechanism, std::shared_ptr<const client_account> account
) {
    if (mechanism == plain) return std::make_unique<client_plain>(std::move(account));
    if (mechanism == login) return std::make_unique<client_login_mechanism>(std::move(account));
    if (mechanism == cram_md5) return std::make_unique<client_cram_md5>(std::move(account));
    assert(mechanism == oauthbearer || mechanism == xoauth2);
    return std::make_unique<client_token>(std::move(account), mechanism == oauthbearer);
}

}  // namespace kurir::sasl
