// The fields of a suppressed address by the names that lists of different makers give them. Pure.
//
// | maker | names |
// | --- | --- |
// | Kurir | address, tenant, reason, added_by, origin, added_at, expires_at |
// | Amazon SES | EmailAddress, Reason, LastUpdateTime; for its imports emailAddress, reason, or no
// names | | SendGrid | status, reason, email, created | | Mailgun | address, code, error,
// created_at | | Postmark | EmailAddress, SuppressionReason, Origin, CreatedAt |
//
// Case, blanks, hyphens and underscores in names don't matter; other names are ignored.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "relay/suppression/entry.hpp"

namespace kurir::suppression {

enum class column : std::uint8_t {
    address,
    reason,
    code,  // of the reply that made the maker list the address
    added_at,
    expires_at,
    tenant,
    added_by,
    origin,
};

// None: a name that says nothing to us.
std::optional<column> column_named(std::string_view name);

// The fields of one address. What a list has twice, such as two times, counts once: the first.
class fields {
public:
    void set(column name, std::string value);
    const std::string& at(column name) const;

private:
    std::array<std::string, 8> values_;  // by column
};

// What all entries of an import have that say nothing else.
struct import_defaults {
    std::string tenant = {};  // in the form of `read_tenant`
    std::string reason = {};
    std::string added_by = {};
    seconds_time now{};  // when an address was listed, if the list does not say
    std::optional<seconds_time> expires_at = {};
};

// Reads an entry into `made`, or returns what is wrong, as the end of a sentence about it. A reason
// that is too long is cut.
std::optional<std::string> read_entry(
    const fields& fields, const import_defaults& defaults, entry& made
);

}  // namespace kurir::suppression
