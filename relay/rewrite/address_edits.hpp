// Changes addresses in a field of addresses, and nothing else: names, comments, folding and white
// space stay as they are. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "relay/message/address_field.hpp"
#include "relay/rewrite/sender_address.hpp"

namespace kurir::rewrite {

// A field with more mailboxes, or a larger one, stays as it is.
inline constexpr std::size_t mailboxes_max = 1000;
inline constexpr std::size_t field_size_max = 1024UL * 1024;

struct replaced_address {
    std::string before;
    std::string after;
    bool operator==(const replaced_address&) const = default;
};

struct address_edits {
    bool readable = true;                          // false: not a list of addresses; it stays
    std::vector<message::address_change> changes;  // in the value, in their order
    std::vector<replaced_address> replaced;
};

// `value` is what follows the colon of a field that may be folded. An address that would make a
// line too long begins a line of its own.
address_edits edit_addresses(std::string_view value, const address_rule& rule);

}  // namespace kurir::rewrite
