// What the reply to EHLO offers (RFC 5321 section 4.1.1.1): one row for each keyword, with the
// condition under which it is offered.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "relay/smtp/client_rights.hpp"
#include "relay/smtp/server_settings.hpp"

namespace kurir::smtp {

// What an offer may depend on.
struct ehlo_situation {
    const server_settings& settings;
    const client_rights& rights;
    bool starttls = false;
    std::vector<std::string_view> mechanisms = {};  // to log in by
};

// Adds a line for each keyword that is offered.
void append_ehlo_keywords(const ehlo_situation& situation, std::vector<std::string>& lines);

}  // namespace kurir::smtp
