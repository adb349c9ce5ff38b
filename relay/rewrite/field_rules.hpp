// Adds, sets and removes fields: KURIR_HEADERS. Pure.
#pragma once

#include "relay/config/header_rules.hpp"
#include "relay/rewrite/header_draft.hpp"
#include "relay/rewrite/submission.hpp"

namespace kurir::rewrite {

// Applies the rules that are about this message, in their order.
void apply_field_rules(
    const config::header_rules& rules, const submission& message, header_draft& draft
);

// As a part of a URL has it (RFC 3986 section 2.1): all but letters, digits and -._~ encoded.
std::string percent_encoded(std::string_view text);

}  // namespace kurir::rewrite
