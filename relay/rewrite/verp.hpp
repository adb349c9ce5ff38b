// A reverse-path that names the recipient, so that whoever gets a bounce knows whose it is
// (variable envelope return path). Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kurir::rewrite {

// Whether one of the patterns (relay/config/mail_patterns.hpp) matches the sender.
bool has_verp(const std::vector<std::string>& senders, std::string_view reverse_path);

// "news@example.com" for "jane@example.org": "news+jane=example.org@example.com". The last `=`
// stands for the `@` of the recipient. Nothing if an address is quoted, has a literal in place of a
// domain, or is the null reverse-path, or if the result were longer than servers have to take.
std::optional<std::string> verp_path(std::string_view reverse_path, std::string_view recipient);

}  // namespace kurir::rewrite
