// The server's side of PLAIN (RFC 4616) and LOGIN: the password comes as it is.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "relay/sasl/server.hpp"

namespace kurir::sasl {

// authzid NUL name NUL password. Nobody may act for another.
class plain_exchange final : public server_exchange {
public:
    server_step respond(std::string_view response) override;
};

// Never standardised: asked for a name, then for a password. The name may come with the command.
class login_exchange final : public server_exchange {
public:
    server_step begin(std::optional<std::string_view> initial) override;
    server_step respond(std::string_view response) override;

private:
    std::string name_;
};

// Not empty, UTF-8, without control characters.
bool is_user_name(std::string_view name);

}  // namespace kurir::sasl
