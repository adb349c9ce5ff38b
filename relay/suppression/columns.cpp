#include "relay/suppression/columns.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "relay/base/text.hpp"
#include "relay/suppression/time_text.hpp"

namespace kurir::suppression {

namespace {

struct known_name {
    std::string_view name;  // letters and digits only
    column meaning;
};

constexpr auto known_names = std::to_array<known_name>({
    {"address", column::address},
    {"email", column::address},
    {"emailaddress", column::address},
    {"recipient", column::address},
    {"reason", column::reason},
    {"suppressionreason", column::reason},
    {"error", column::reason},
    {"code", column::code},
    {"status", column::code},
    {"addedat", column::added_at},
    {"created", column::added_at},
    {"createdat", column::added_at},
    {"lastupdatetime", column::added_at},
    {"expiresat", column::expires_at},
    {"until", column::expires_at},
    {"tenant", column::tenant},
    {"addedby", column::added_by},
    {"origin", column::origin},
});

std::string in_quotes(std::string_view text) {
    constexpr std::size_t shown_max = 80;
    return '"' + plain_text(text, shown_max) + '"';
}

// SendGrid's reasons have the code, Mailgun's errors don't.
std::string reason_in(const fields& fields) {
    const auto& code = fields.at(column::code);
    auto reason = fields.at(column::reason);
    if (!code.empty() && reason.find(code) == std::string::npos) {
        reason = reason.empty() ? code : code + ' ' + reason;
    }
    return plain_text(reason, longest::reason);
}

}  // namespace

std::optional<column> column_named(std::string_view name) {
    std::string letters;
    for (const char c : name) {
        if (base::is_alphanumeric(c)) letters += base::lower(c);
    }
    const auto* const known = std::ranges::find(known_names, letters, &known_name::name);
    if (known == known_names.end()) return std::nullopt;
    return known->meaning;
}

void fields::set(column name, std::string value) {
    auto& place = values_.at(static_cast<std::size_t>(name));
    if (place.empty()) place = std::move(value);
}

const std::string& fields::at(column name) const {
    return values_.at(static_cast<std::size_t>(name));
}

std::optional<std::string> read_entry(
    const fields& fields, const import_defaults& defaults, entry& made
) {
    made = {
        .tenant = defaults.tenant,
        .reason = reason_in(fields),
        .added_by = plain_text(fields.at(column::added_by), longest::name),
        .origin = origin::imported,
        .added_at = defaults.now,
        .expires_at = defaults.expires_at,
    };
    const auto& address = fields.at(column::address);
    auto subject = read_subject(address);
    if (address.empty()) return "has no address";
    if (!subject) return "has " + in_quotes(address) + ", which is no address and no domain";
    made.subject = std::move(*subject);
    if (made.reason.empty()) made.reason = defaults.reason;
    if (made.added_by.empty()) made.added_by = defaults.added_by;
    if (base::equal_ignoring_case(fields.at(column::origin), text_of(origin::hand))) {
        made.origin = origin::hand;
    }
    if (const auto& text = fields.at(column::tenant); !text.empty()) {
        auto tenant = read_tenant(text);
        if (!tenant) return "has the tenant " + in_quotes(text) + ", which is no name";
        made.tenant = std::move(*tenant);
    }
    if (const auto& text = fields.at(column::added_at); !text.empty()) {
        const auto time = read_time(text);
        if (!time) return "has the time " + in_quotes(text) + ", which is none";
        made.added_at = *time;
    }
    if (const auto& text = fields.at(column::expires_at); !text.empty()) {
        made.expires_at = read_time(text);
        if (!made.expires_at) return "expires at " + in_quotes(text) + ", which is no time";
    }
    return std::nullopt;
}

}  // namespace kurir::suppression
