// Who may use the operators' API, and where another relay's is. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "relay/users/admin_tokens.hpp"

namespace kurir::config {

struct admin_token_list {
    std::string text = {};  // as it was given: a secret
    users::admin_tokens tokens = {};
};

// What is wrong with it, as the end of a sentence with the number of the line.
std::optional<std::string> read_admin_tokens(std::string_view text, admin_token_list& value);

// KURIR_ADMIN: https://TOKEN@HOST:PORT, whose port is 9926 unless it is given.
struct admin_url {
    std::string text = {};  // as it was given: a secret; empty: none was
    std::string base = {};  // https://HOST:PORT
    std::string token = {};
};

// What is wrong with it, as the end of a sentence. A token in clear (http) goes to this machine
// only.
std::optional<std::string> read_admin_url(std::string_view text, admin_url& value);

}  // namespace kurir::config
