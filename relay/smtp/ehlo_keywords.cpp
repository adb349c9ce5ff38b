#include "relay/smtp/ehlo_keywords.hpp"

#include <array>
#include <string_view>

#include "relay/smtp/xclient.hpp"

namespace kurir::smtp {

namespace {

struct keyword_row {
    std::string_view keyword;
    bool (*offered)(const ehlo_situation& situation);
    std::string (*value)(const ehlo_situation& situation) = nullptr;  // none: the keyword alone
};

constexpr bool always(const ehlo_situation&) {
    return true;
}

constexpr bool in_clear_with_tls(const ehlo_situation& situation) {
    return situation.starttls;
}

constexpr bool with_mechanisms(const ehlo_situation& situation) {
    return !situation.mechanisms.empty();
}

std::string mechanism_list(const ehlo_situation& situation) {
    std::string list;
    for (const auto each : situation.mechanisms)
        list.append(list.empty() ? "" : " ").append(each);
    return list;
}

constexpr bool to_proxies(const ehlo_situation& situation) {
    return situation.rights.may_name_client;
}

std::string attributes(const ehlo_situation&) {
    return xclient_attributes();
}

// 0 says that there is a limit, but not which (RFC 1870 section 4).
std::string size_limit(const ehlo_situation& situation) {
    return std::to_string(situation.settings.message_size_max);
}

constexpr auto keyword_rows = std::to_array<keyword_row>({
    {"PIPELINING", always},
    {"SIZE", always, size_limit},
    {"8BITMIME", always},
    {"SMTPUTF8", always},
    {"ENHANCEDSTATUSCODES", always},
    {"CHUNKING", always},
    {"STARTTLS", in_clear_with_tls},
    {"AUTH", with_mechanisms, mechanism_list},
    {"XCLIENT", to_proxies, attributes},
});

}  // namespace

void append_ehlo_keywords(const ehlo_situation& situation, std::vector<std::string>& lines) {
    lines.reserve(lines.size() + keyword_rows.size());
    for (const auto& row : keyword_rows) {
        if (!row.offered(situation)) continue;
        auto& line = lines.emplace_back(row.keyword);
        if (row.value != nullptr) line += ' ' + row.value(situation);
    }
}

}  // namespace kurir::smtp
