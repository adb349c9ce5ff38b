#include "relay/inbound/observations.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <optional>
#include <utility>
#include <vector>

#include "relay/base/listed.hpp"
#include "relay/base/text.hpp"

namespace kurir::inbound {

namespace {

using label = metrics::reject_reason;
using end = metrics::session_end;

constexpr bool is_lowered(std::string_view lowered, std::string_view text) noexcept {
    return std::ranges::equal(lowered, text, {}, {}, base::lower);
}

// A verb is counted under its own name if the metric has that name.
constexpr auto command_labels = [] {
    constexpr auto& names = metrics::label<metrics::smtp_command>::values;
    std::array<metrics::smtp_command, smtp::verb_count> labels{};
    labels.fill(metrics::smtp_command::other);
    for (const auto& verb : smtp::verb_rows) {
        for (std::size_t i = 0; i < names.size(); ++i) {
            if (!is_lowered(names.at(i), verb.word)) continue;
            labels.at(static_cast<std::size_t>(verb.name)) = static_cast<metrics::smtp_command>(i);
        }
    }
    return labels;
}();

// Checks that no name of the metric is misspelt.
static_assert([] {
    for (const auto name : metrics::label<metrics::smtp_command>::values) {
        const bool is_verb = std::ranges::any_of(smtp::verb_rows, [&](const auto& verb) {
            return is_lowered(name, verb.word);
        });
        if (!is_verb && name != "other") return false;
    }
    return true;
}());

struct row {
    smtp::reject_reason reason;
    std::optional<label> in_metrics;  // if a command is refused
    end ended;                        // of a session that was ended for it
    std::string_view in_logs;
};

using enum smtp::reject_reason;
constexpr std::optional<label> nothing;

// Everything about a reason. The code does not compile if a reason has no row.
constexpr std::array reasons = {
    row{none, nothing, end::errors, "none"},
    row{relay_denied, label::relay_denied, end::errors, "relay_denied"},
    row{sender_denied, label::syntax, end::errors, "sender_denied"},
    row{recipient_invalid, label::recipient_invalid, end::errors, "recipient_invalid"},
    row{sender_unqualified, label::syntax, end::errors, "sender_unqualified"},
    row{recipient_unqualified, label::recipient_invalid, end::errors, "recipient_unqualified"},
    row{no_postmaster, label::recipient_invalid, end::errors, "no_postmaster"},
    row{route, label::route, end::errors, "route"},
    row{suppressed, label::suppressed, end::errors, "suppressed"},
    row{moved, label::moved, end::errors, "moved"},
    row{sender_not_permitted, label::permission, end::errors, "sender_not_permitted"},
    row{author_not_permitted, label::permission, end::errors, "author_not_permitted"},
    row{recipient_not_permitted, label::permission, end::errors, "recipient_not_permitted"},
    row{size_not_permitted, label::permission, end::errors, "size_not_permitted"},
    row{relay_not_permitted, label::permission, end::errors, "relay_not_permitted"},
    row{too_many_submitted, label::rate_limited, end::errors, "too_many_submitted"},
    row{too_many_different, label::rate_limited, end::errors, "too_many_different"},
    row{smtp::reject_reason::runaway, label::runaway, end::errors, "runaway"},
    row{too_big, label::too_big, end::errors, "too_big"},
    row{header_too_big, label::too_big, end::errors, "header_too_big"},
    row{too_many_recipients, label::too_many_rcpt, end::errors, "too_many_rcpt"},
    row{not_signed, label::not_signed, end::errors, "not_signed"},
    row{disk_low, label::disk_low, end::errors, "disk_low"},
    row{store_error, label::store_error, end::shed, "store_error"},
    row{loop, label::loop, end::errors, "loop"},
    row{syntax, label::syntax, end::errors, "syntax"},
    row{parameter, label::param, end::errors, "param"},
    row{bad_sequence, label::bad_sequence, end::errors, "bad_sequence"},
    row{bare_newline, label::bare_newline, end::errors, "bare_newline"},
    row{nul, label::nul, end::errors, "nul"},
    row{line_too_long, label::line_too_long, end::errors, "line_too_long"},
    row{key_too_long, label::syntax, end::errors, "key_too_long"},
    row{too_many_errors, label::too_many_errors, end::errors, "too_many_errors"},
    row{too_many_sessions, label::too_many_sessions, end::shed, "too_many_sessions"},
    row{too_many_of_client, label::too_many_sessions, end::shed, "too_many_sessions"},
    row{too_many_messages, label::too_many_messages, end::too_many_messages, "too_many_messages"},
    row{rate_limited, label::rate_limited, end::errors, "rate_limited"},
    row{early_talker, label::early_talker, end::errors, "early_talker"},
    row{tls_not_offered, label::tls_not_offered, end::errors, "tls_not_offered"},
    row{tls_on_plain_port, label::tls_on_plain_port, end::errors, "tls_on_plain_port"},
    row{tls_required, label::tls_required, end::errors, "tls_required"},
    row{auth_not_offered, label::auth_not_offered, end::errors, "auth_not_offered"},
    row{auth_failed, label::auth_failed, end::errors, "auth_failed"},
    row{auth_malformed, label::syntax, end::errors, "auth_malformed"},
    row{auth_cancelled, label::auth_failed, end::errors, "auth_cancelled"},
    row{auth_busy, label::auth_busy, end::errors, "auth_busy"},
    row{auth_unavailable, label::auth_unavailable, end::errors, "auth_unavailable"},
    row{auth_required, label::auth_required, end::errors, "auth_required"},
    row{too_many_logins, label::too_many_logins, end::errors, "too_many_logins"},
    row{proxy_denied, label::proxy_denied, end::errors, "proxy_denied"},
    row{timeout, nothing, end::timeout, "timeout"},
    row{shutdown, label::shutdown, end::shutdown, "shutdown"},
};
static_assert(metrics::has_row_for_each(reasons, &row::reason), "a row for each reason, in order");

constexpr const row& row_of(smtp::reject_reason reason) noexcept {
    return reasons[static_cast<std::size_t>(reason)];
}

}  // namespace

metrics::smtp_command command_label(smtp::verb verb) noexcept {
    return command_labels[static_cast<std::size_t>(verb)];
}

metrics::reject_stage stage_label(smtp::stage stage) noexcept {
    using reported = metrics::reject_stage;
    switch (stage) {
        case smtp::stage::mail:
            return reported::mail;
        case smtp::stage::rcpt:
            return reported::rcpt;
        case smtp::stage::data:
            return reported::data;
        case smtp::stage::end_of_data:
            return reported::eod;
        case smtp::stage::helo:
            return reported::helo;
        case smtp::stage::other:
            return reported::command;
        case smtp::stage::connect:
            break;
    }
    return reported::connect;
}

metrics::reject_reason reason_label(smtp::reject_reason reason) noexcept {
    assert(row_of(reason).in_metrics);
    return *row_of(reason).in_metrics;
}

std::string_view text_of(smtp::reject_reason reason) noexcept {
    return row_of(reason).in_logs;
}

metrics::session_end session_end_of(smtp::reject_reason reason) noexcept {
    return row_of(reason).ended;
}

bool is_of_login(smtp::reject_reason reason) noexcept {
    switch (reason) {
        case auth_failed:
        case auth_malformed:
        case auth_cancelled:
        case auth_busy:
        case auth_unavailable:
        case too_many_logins:
            return true;
        default:
            return false;
    }
}

std::string_view address_in(std::string_view argument) noexcept {
    const auto begin = argument.find('<');
    const auto end = argument.rfind('>');
    if (begin != std::string_view::npos && end != std::string_view::npos && begin < end) {
        return argument.substr(begin + 1, end - begin - 1);
    }
    const auto colon = argument.find(':');
    if (colon != std::string_view::npos) argument.remove_prefix(colon + 1);
    const auto start = argument.find_first_not_of(" \t");
    return start == std::string_view::npos ? std::string_view() : argument.substr(start);
}

std::string shown_verb(std::string_view word) {
    constexpr std::size_t shown_max = 32;
    std::string verb(word.substr(0, shown_max));
    for (char& c : verb)
        c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    return verb;
}

facts::received received_of(
    const queue::submission& message,
    facts::submitter client,
    facts::protection tls,
    std::string unknown_priority
) {
    constexpr std::size_t long_line = 998;  // RFC 5321 4.5.3.1.6, without CRLF
    const auto& mail = message.mail;
    return {
        .client = client,
        .tls = tls,
        .id = mail.id.text(),
        .reverse_path = mail.reverse_path,
        .first_recipients =
            base::listed(mail.recipients, [](const auto& each) { return each.address; }),
        .message_id = mail.message_id_header,
        .recipients = mail.recipients.size(),
        .size = mail.size,
        .priority = message.deliveries.front().priority,
        .unknown_priority = std::move(unknown_priority),
        .idempotency_key = mail.extras->idempotency_key,
        .long_lines = mail.needs.longest_line > long_line,
    };
}

}  // namespace kurir::inbound
