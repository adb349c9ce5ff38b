// How a client logs in: the strongest mechanism that the server offers and the account allows.
//
// Under TLS a password is shown to the server before MD5 is trusted with it (CRAM-MD5 makes a
// server keep passwords as they are, and many offer it to nobody's use); in clear it is the other
// way.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "relay/sasl/channel.hpp"
#include "relay/sasl/client_exchange.hpp"
#include "relay/smtp/opening.hpp"

namespace kurir::sasl {

class client_login final : public smtp::client_credential {
public:
    // `nonce`: `draw_nonce`, anew for each connection.
    client_login(std::shared_ptr<const client_account> account, std::string nonce);

    // The connection has TLS now.
    void secured(channel_bindings channel);

    std::string begin(const std::vector<std::string>& mechanisms) override;
    std::optional<std::string> answer(std::string_view challenge) override;
    bool satisfied() const override;

    // What was begun; empty if nothing was.
    std::string_view mechanism() const noexcept { return mechanism_; }

    // What the server said about a failure inside the mechanism, as it came.
    std::string complaint() const;

private:
    std::vector<std::string_view> by_preference() const;

    std::shared_ptr<const client_account> account_;
    std::string nonce_;
    bool secure_ = false;
    channel_bindings channel_;
    std::string_view mechanism_;
    std::unique_ptr<client_exchange> exchange_;
    std::optional<std::string> held_;  // an initial response too long for the command
};

}  // namespace kurir::sasl
