// One From for the messages that KURIR_FORCE_FROM is about. Pure.
//
// Afterwards there is one From with one address, and no Sender, which would name another one. The
// name of a single sender stays if the rule has none.
#pragma once

#include <vector>

#include "relay/config/from_rules.hpp"
#include "relay/rewrite/address_edits.hpp"
#include "relay/rewrite/header_draft.hpp"

namespace kurir::rewrite {

// Returns what was replaced.
std::vector<replaced_address> force_from(const config::from_rule& rule, header_draft& draft);

}  // namespace kurir::rewrite
