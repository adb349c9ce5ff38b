// URLs of servers that keys and tokens come from: what goes there must not be read or changed on
// its way. Pure.
#pragma once

#include <string>
#include <string_view>

#include "relay/config/kinds.hpp"

namespace kurir::config {

// https://host/path; http only to this machine. `login_advice` ends the sentence about a URL that
// has a user name or a password.
kind<std::string> https_url(std::string_view login_advice);

// True if the text wants to be a URL.
bool is_web_url(std::string_view text) noexcept;

}  // namespace kurir::config
