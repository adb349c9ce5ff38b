// KURIR_SUPPRESSION_LIST: addresses and domains that must not get mail.
//
//   ann@example.com
//   *@closed.example reason="the company is gone"
//   bob@example.com tenant=news.example until=2027-01-31
//
// A table (table.hpp); several entries on one line are separated by `;`. `until` is a day (UTC) or
// a time in RFC 3339, from which the entry does not count any more. `tenant` is a user, or the
// domain of a sender, whose mail alone is stopped. What is meant by the same address: see
// relay/suppression/entry.hpp. Pure.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace kurir::suppression {
class suppression_list;
}

namespace kurir::config {

struct suppression_table {
    std::string text = {};  // the entries, on one line
    std::shared_ptr<const suppression::suppression_list> entries = nullptr;  // null: none

    // Reads entries into `value`, or returns what is wrong with them, as the end of a sentence.
    static std::optional<std::string> read(std::string_view text, suppression_table& value);
};

}  // namespace kurir::config
