// The verbs that the server knows, as a table: what is true of each wherever it is said. What it
// does is its handler's (`server_dialogue::dispatch`).
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace kurir::smtp {

enum class verb : std::uint8_t {
    helo,
    ehlo,
    mail,
    rcpt,
    data,
    bdat,
    rset,
    noop,
    quit,
    help,
    vrfy,
    expn,
    auth,
    starttls,
    xclient,          // from those who may name their clients; otherwise like `proxy`
    not_implemented,  // known but not offered
    proxy,            // claims about who the client is
    http,             // a request line: a browser was tricked into talking to us (CVE-2021-3618)
    unknown,          // the last one
};

inline constexpr std::size_t verb_count = static_cast<std::size_t>(verb::unknown) + 1;

// Where in a session a command belongs.
enum class stage : std::uint8_t { connect, helo, mail, rcpt, data, end_of_data, other };

// Whether its argument may have bytes above ASCII.
enum class high_bytes : std::uint8_t { refused, from_trusted, allowed };

// What it does for the session: a client that leads nowhere is ended at some time.
enum class worth : std::uint8_t {
    neutral,
    junk,            // leads nowhere by itself
    junk_when_idle,  // the same, unless a transaction is open
    transaction,     // brings a transaction forward
};

struct verb_row {
    std::string_view word;
    verb name = verb::unknown;
    stage at = stage::other;
    high_bytes high = high_bytes::refused;
    worth value = worth::neutral;
    bool in_help = false;
    bool smtp = true;  // a word of SMTP, not of a proxy or of another protocol
};

// HELP lists them in this order.
inline constexpr auto verb_rows = std::to_array<verb_row>({
    {"HELO", verb::helo, stage::helo, high_bytes::from_trusted, worth::junk, true},
    {"EHLO", verb::ehlo, stage::helo, high_bytes::from_trusted, worth::junk, true},
    {"MAIL", verb::mail, stage::mail, high_bytes::allowed, worth::transaction, true},
    {"RCPT", verb::rcpt, stage::rcpt, high_bytes::allowed, worth::transaction, true},
    {"DATA", verb::data, stage::data, high_bytes::refused, worth::transaction, true},
    {"BDAT", verb::bdat, stage::data, high_bytes::refused, worth::transaction, true},
    {"RSET", verb::rset, stage::other, high_bytes::refused, worth::junk_when_idle, true},
    {"NOOP", verb::noop, stage::other, high_bytes::refused, worth::junk, true},
    {"QUIT", verb::quit, stage::other, high_bytes::refused, worth::neutral, true},
    {"HELP", verb::help, stage::other, high_bytes::refused, worth::junk, true},
    {"VRFY", verb::vrfy, stage::other, high_bytes::allowed, worth::junk, true},
    {.word = "EXPN", .name = verb::expn, .high = high_bytes::allowed},
    {.word = "AUTH", .name = verb::auth},
    {.word = "STARTTLS", .name = verb::starttls},
    {.word = "SEND", .name = verb::not_implemented},
    {.word = "SOML", .name = verb::not_implemented},
    {.word = "SAML", .name = verb::not_implemented},
    {.word = "TURN", .name = verb::not_implemented},
    {.word = "ETRN", .name = verb::not_implemented},
    {.word = "XCLIENT", .name = verb::xclient, .value = worth::junk, .smtp = false},
    {.word = "XFORWARD", .name = verb::proxy, .smtp = false},
    {.word = "PROXY", .name = verb::proxy, .smtp = false},
    {.word = "GET", .name = verb::http, .smtp = false},
    {.word = "POST", .name = verb::http, .smtp = false},
    {.word = "PUT", .name = verb::http, .smtp = false},
    {.word = "HEAD", .name = verb::http, .smtp = false},
    {.word = "DELETE", .name = verb::http, .smtp = false},
    {.word = "CONNECT", .name = verb::http, .smtp = false},
    {.word = "OPTIONS", .name = verb::http, .smtp = false},
    {.word = "PATCH", .name = verb::http, .smtp = false},
    {.word = "TRACE", .name = verb::http, .smtp = false},
    {.word = "PRI", .name = verb::http, .smtp = false},
    {.word = "", .name = verb::unknown, .high = high_bytes::allowed, .smtp = false},
});

// The first row of each verb.
inline constexpr auto rows_by_verb = [] {
    std::array<const verb_row*, verb_count> rows{};
    for (const auto& row : verb_rows) {
        auto& first = rows.at(static_cast<std::size_t>(row.name));
        if (first == nullptr) first = &row;
    }
    return rows;
}();

static_assert(std::ranges::count(rows_by_verb, nullptr) == 0, "a verb without a row");

// Whether a listener that requires TLS executes it in clear (RFC 3207 section 4).
constexpr bool allowed_in_clear(verb name) noexcept {
    switch (name) {
        case verb::helo:
        case verb::ehlo:
        case verb::noop:
        case verb::rset:
        case verb::quit:
        case verb::starttls:
            return true;
        default:
            return false;
    }
}

constexpr const verb_row& row_of(verb name) noexcept {
    return *rows_by_verb[static_cast<std::size_t>(name)];
}

}  // namespace kurir::smtp
