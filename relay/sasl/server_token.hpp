// The server's side of OAUTHBEARER (RFC 7628) and XOAUTH2, in which the client shows a token. Only
// the frame is read here; whether the token is good is asked of the caller.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "relay/sasl/server.hpp"

namespace kurir::sasl {

// Both tell a refusal as a challenge, which the client answers before it hears the reply.
class token_exchange : public server_exchange {
public:
    server_step respond(std::string_view response) final;
    server_step on_token(const std::optional<std::string>& name) final;

protected:
    virtual server_step read(std::string_view message) const = 0;
    virtual std::string_view refusal_status() const noexcept = 0;

private:
    enum class state { first, token, told };
    state state_ = state::first;
    std::string name_;
};

// n,a=NAME,^Ahost=HOST^Aport=PORT^Aauth=Bearer TOKEN^A^A
class oauthbearer_exchange final : public token_exchange {
    server_step read(std::string_view message) const override;
    // A code of the registry of OAuth errors (RFC 7628 section 3.2.2).
    std::string_view refusal_status() const noexcept override { return "invalid_token"; }
};

// user=NAME^Aauth=Bearer TOKEN^A^A
class xoauth2_exchange final : public token_exchange {
    server_step read(std::string_view message) const override;
    std::string_view refusal_status() const noexcept override { return "401"; }  // as of HTTP
};

}  // namespace kurir::sasl
