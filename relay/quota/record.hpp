// The counts of all clients as text, to be kept in a file. Pure.
//
//   kurir-quotas 1
//   account user:billing            the name with its blanks and controls as %20
//   messages 86400000 1234567:20    a period in ms; the number of a slot, and what is in it; …
//   recipients 86400000 493827 a1b2c3d4e5f60718 …       a slot, and hashes that were last used in
//   it usual 493800 493826:30 …        the hour it began, counted from 1970; an hour and its
//   messages stopped 300 29629636:4 …        the messages in an hour that were too many; what was
//   deferred end 1a2b3c4d                    CRC-32C of all before it
//
// At most `ledger::accounts_max` accounts and `ledger::recipients_max` recipients, which are some
// ten megabytes at worst.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "relay/quota/account.hpp"

namespace kurir::quota {

std::string record_of(const std::unordered_map<std::string, account>& accounts);

// Nothing if the text is not exactly what `record_of` writes.
std::optional<std::unordered_map<std::string, account>> read_record(std::string_view text);

}  // namespace kurir::quota
