// One sender for what many applications write: KURIR_FORCE_FROM.
//
//   user=billing Example Billing <billing@example.com>
//   from=@news.example keep
//   noreply@example.com
//
// A table (table.hpp); several rules on one line are separated by `;`. The first rule decides whose
// conditions all hold; `keep` leaves the sender as it is. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "relay/config/conditions.hpp"
#include "relay/smtp/address.hpp"

namespace kurir::config {

struct from_rule : conditions {
    std::string name = {};  // as a header has it: quoted if that is needed; empty: as it was
    std::optional<smtp::mailbox> address = {};  // none: `keep`

    std::string text() const;
};

class from_rules {
public:
    // Reads rules into `value`, or returns what is wrong with them, as the end of a sentence.
    static std::optional<std::string> read(std::string_view text, from_rules& value);

    // The rule that decides, and forces a sender; null if there is none.
    const from_rule* find(const mail_query& query) const;

    bool empty() const noexcept { return rules_.empty(); }
    std::string text() const;

private:
    std::vector<from_rule> rules_;
};

}  // namespace kurir::config
