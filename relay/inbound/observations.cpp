#include "relay/inbound/observations.hpp"

#include <array>

namespace kurir::inbound {

namespace {

constexpr std::size_t listed_max = 5;

using label = metrics::reject_reason;

struct named_reason {
    smtp::reject_reason reason;
    label in_metrics;
    std::string_view in_logs;
};

using enum smtp::reject_reason;

constexpr std::array reasons = {
    named_reason{relay_denied, label::relay_denied, "relay_denied"},
    named_reason{sender_denied, label::syntax, "sender_denied"},
    named_reason{recipient_invalid, label::recipient_invalid, "recipient_invalid"},
    named_reason{sender_unqualified, label::syntax, "sender_unqualified"},
    named_reason{recipient_unqualified, label::recipient_invalid, "recipient_unqualified"},
    named_reason{no_postmaster, label::recipient_invalid, "no_postmaster"},
    named_reason{too_big, label::too_big, "too_big"},
    named_reason{header_too_big, label::too_big, "header_too_big"},
    named_reason{too_many_recipients, label::too_many_rcpt, "too_many_rcpt"},
    named_reason{disk_low, label::disk_low, "disk_low"},
    named_reason{store_error, label::store_error, "store_error"},
    named_reason{loop, label::loop, "loop"},
    named_reason{syntax, label::syntax, "syntax"},
    named_reason{parameter, label::param, "param"},
    named_reason{bad_sequence, label::bad_sequence, "bad_sequence"},
    named_reason{bare_newline, label::bare_newline, "bare_newline"},
    named_reason{nul, label::nul, "nul"},
    named_reason{line_too_long, label::line_too_long, "line_too_long"},
    named_reason{too_many_errors, label::too_many_errors, "too_many_errors"},
    named_reason{too_many_sessions, label::too_many_sessions, "too_many_sessions"},
    named_reason{too_many_of_client, label::too_many_sessions, "too_many_sessions"},
    named_reason{rate_limited, label::rate_limited, "rate_limited"},
    named_reason{early_talker, label::early_talker, "early_talker"},
    named_reason{tls_not_offered, label::tls_not_offered, "tls_not_offered"},
    named_reason{tls_on_plain_port, label::tls_on_plain_port, "tls_on_plain_port"},
    named_reason{auth_not_offered, label::auth_not_offered, "auth_not_offered"},
    named_reason{shutdown, label::shutdown, "shutdown"},
};

const named_reason& named(smtp::reject_reason reason) noexcept {
    for (const auto& one : reasons) {
        if (one.reason == reason) return one;
    }
    return reasons.back();
}

}  // namespace

metrics::smtp_command command_label(smtp::verb verb) noexcept {
    using to = metrics::smtp_command;
    switch (verb) {
        case smtp::verb::helo:
            return to::helo;
        case smtp::verb::ehlo:
            return to::ehlo;
        case smtp::verb::mail:
            return to::mail;
        case smtp::verb::rcpt:
            return to::rcpt;
        case smtp::verb::data:
            return to::data;
        case smtp::verb::bdat:
            return to::bdat;
        case smtp::verb::rset:
            return to::rset;
        case smtp::verb::noop:
            return to::noop;
        case smtp::verb::vrfy:
            return to::vrfy;
        case smtp::verb::expn:
            return to::expn;
        case smtp::verb::help:
            return to::help;
        case smtp::verb::quit:
            return to::quit;
        case smtp::verb::auth:
        case smtp::verb::starttls:
        case smtp::verb::not_implemented:
        case smtp::verb::proxy:
        case smtp::verb::http:
        case smtp::verb::unknown:
            break;
    }
    return to::other;
}

metrics::reject_stage stage_label(smtp::stage stage) noexcept {
    using to = metrics::reject_stage;
    switch (stage) {
        case smtp::stage::mail:
            return to::mail;
        case smtp::stage::rcpt:
            return to::rcpt;
        case smtp::stage::data:
            return to::data;
        case smtp::stage::end_of_data:
            return to::eod;
        case smtp::stage::helo:
            return to::helo;
        case smtp::stage::other:
            return to::command;
        case smtp::stage::connect:
            break;
    }
    return to::connect;
}

metrics::reject_reason reason_label(smtp::reject_reason reason) noexcept {
    return named(reason).in_metrics;
}

std::string_view text_of(smtp::reject_reason reason) noexcept {
    return named(reason).in_logs;
}

metrics::session_end session_end_of(smtp::reject_reason reason) noexcept {
    using to = metrics::session_end;
    switch (reason) {
        case timeout:
            return to::timeout;
        case shutdown:
            return to::shutdown;
        case too_many_sessions:
        case too_many_of_client:
        case store_error:
            return to::shed;
        default:
            return to::errors;
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

std::string listed(const std::vector<std::string>& recipients) {
    std::string text;
    for (std::size_t i = 0; i < recipients.size() && i < listed_max; ++i) {
        if (i > 0) text += ", ";
        text += recipients[i];
    }
    return text;
}

}  // namespace kurir::inbound
