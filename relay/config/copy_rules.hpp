// Who gets a blind copy of mail: KURIR_ALWAYS_BCC.
//
//   archive@example.com
//   from=@billing.example audit@example.com,backup@example.com
//
// A table (table.hpp); several rules on one line are separated by `;`. All rules count whose
// conditions all hold. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "relay/config/conditions.hpp"
#include "relay/smtp/address.hpp"

namespace kurir::config {

struct copy_rule : conditions {
    std::vector<smtp::mailbox> addresses = {};

    std::string text() const;
};

class copy_rules {
public:
    // Reads rules into `value`, or returns what is wrong with them, as the end of a sentence.
    static std::optional<std::string> read(std::string_view text, copy_rules& value);

    // The addresses that get a copy, each once.
    std::vector<smtp::mailbox> find(const mail_query& query) const;

    bool empty() const noexcept { return rules_.empty(); }
    std::string text() const;

private:
    std::vector<copy_rule> rules_;
};

}  // namespace kurir::config
