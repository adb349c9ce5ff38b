// What each command means, except the envelope's, which are in server_envelope.cpp.
#include <string>

#include "relay/base/text.hpp"
#include "relay/smtp/ehlo_keywords.hpp"
#include "relay/smtp/hello.hpp"
#include "relay/smtp/server_dialogue.hpp"

namespace kurir::smtp {

namespace {

// A smaller chunk does not count as progress of a message.
constexpr std::uint64_t chunk_size_least = 64;

std::string uptime_text(std::chrono::seconds uptime) {
    const auto minutes = uptime.count() / 60;
    return "up " + std::to_string(minutes / 1440) + " d " + std::to_string(minutes / 60 % 24) +
           " h " + std::to_string(minutes % 60) + " min";
}

std::string_view name_of(availability queue) noexcept {
    switch (queue) {
        case availability::open:
            return "queue open";
        case availability::full:
            return "queue full";
        case availability::unavailable:
            break;
    }
    return "queue unavailable";
}

// The PROXY protocol: version 1 is one line, the signature of version 2 has a line of one NUL.
bool is_proxy_header(std::string_view word) noexcept {
    return base::equal_ignoring_case(word, "PROXY") || word == std::string_view("\0", 1);
}

}  // namespace

server_dialogue::event server_dialogue::execute(
    const command& command, bool more_follows, const surroundings& surroundings
) {
    verb_ = command.name;
    argument_ = command.argument;
    if (command.name != verb::unknown) secret_ = false;
    if (!secret_) word_ = command.word;
    if (is_content(command)) return event::proceed;
    if (is_junk(command.name) && is_one_too_many(junk_)) return event::proceed;
    if (is_proxy_header(command.word)) {
        on_foreign(command, more_follows);
        return event::proceed;
    }
    if (has_bad_character(command)) {
        const bool unknown = command.name == verb::unknown;
        refuse_broken(
            command,
            unknown ? 500 : 501,
            unknown ? enhanced_status{5, 5, 2} : enhanced_status{5, 5, 4},
            "Invalid character in the command",
            reject_reason::syntax,
            more_follows
        );
        return event::proceed;
    }
    const auto next = dispatch(command, more_follows, surroundings);
    note_progress(command);
    return next;
}

bool server_dialogue::has_bad_character(const command& command) const noexcept {
    if (has_control(command.word) || has_control(command.argument)) return true;
    const auto allowed = row_of(command.name).high;
    if (allowed == high_bytes::allowed) return false;
    if (allowed == high_bytes::from_trusted && trusted()) return false;
    return base::has_high(command.argument);
}

server_dialogue::event server_dialogue::dispatch(
    const command& command, bool more_follows, const surroundings& surroundings
) {
    if (must_be_secured(command.name)) {
        secret_ = command.name == verb::auth;
        constexpr auto reason = reject_reason::tls_required;
        refuse_broken(command, 530, {5, 7, 0}, "Use STARTTLS first", reason, more_follows);
        return event::proceed;
    }
    switch (command.name) {
        case verb::helo:
        case verb::ehlo:
            on_hello(command, more_follows);
            break;
        case verb::mail:
            on_mail(command, surroundings);
            break;
        case verb::rcpt:
            on_rcpt(command);
            break;
        case verb::data:
            return on_data(command, more_follows);
        case verb::bdat:
            return on_bdat(command);
        case verb::rset:
            on_rset(command);
            break;
        case verb::noop:
            grant(250, {2, 0, 0}, "Ok");
            break;
        case verb::quit:
            on_quit(command);
            break;
        case verb::help:
            on_help(command, surroundings);
            break;
        case verb::vrfy:
            on_vrfy(command);
            break;
        case verb::auth:
            return on_auth(command);
        case verb::starttls:
            on_starttls(command, more_follows);
            break;
        case verb::xclient:
            on_xclient(command, more_follows);
            break;
        case verb::expn:
        case verb::not_implemented:
            fail(502, {5, 5, 1}, "Command not implemented", reject_reason::syntax);
            break;
        case verb::proxy:
        case verb::http:
        case verb::unknown:
            on_foreign(command, more_follows);
            break;
    }
    return event::proceed;
}

bool server_dialogue::takes_no_argument(const command& command) {
    if (command.argument.empty()) return true;
    fail(501, {5, 5, 4}, "Command takes no argument", reject_reason::syntax);
    return false;
}

void server_dialogue::on_rset(const command& command) {
    if (!takes_no_argument(command)) return;
    if (transaction_ && is_one_too_many(aborted_)) return;
    clear_transaction();
    grant(250, {2, 0, 0}, "Ok");
}

bool server_dialogue::must_be_secured(verb name) const noexcept {
    const bool foreign = !row_of(name).smtp;  // refused by itself
    return security_ == security::required && !foreign && !allowed_in_clear(name);
}

// A client may say nothing before it has the reply: what came already, came in clear, perhaps from
// somebody else, and must not count as said under TLS (CVE-2011-0411).
void server_dialogue::on_starttls(const command& command, bool more_follows) {
    if (security_ == security::unavailable) {
        return fail(502, {5, 5, 1}, "TLS is not offered", reject_reason::tls_not_offered);
    }
    if (security_ == security::active) {
        return fail(503, {5, 5, 1}, "TLS is active already", reject_reason::bad_sequence);
    }
    if (more_follows || observer_.more_is_waiting()) {
        return close_after(
            554, {5, 5, 1}, "Wait for the reply to STARTTLS", reject_reason::bad_sequence
        );
    }
    if (!takes_no_argument(command)) return;
    if (!extended_) {
        return fail(503, {5, 5, 1}, "Send EHLO first", reject_reason::bad_sequence);
    }
    clear_transaction();
    grant(220, {2, 0, 0}, "Ready to start TLS");
    phase_ = phase::securing;
}

// Postfix, XCLIENT_README. The session begins again with the greeting, under the rights of the
// client that was named; mistakes still count. A client that was named may name others only if it
// is a proxy itself: what it says passes through the proxy unread.
void server_dialogue::on_xclient(const command& command, bool more_follows) {
    if (!rights_.may_name_client) return on_foreign(command, more_follows);
    if (security_ == security::required) {
        return fail(530, {5, 7, 0}, "Use STARTTLS first", reject_reason::tls_required);
    }
    if (transaction_) {
        return fail(503, {5, 5, 1}, "A transaction is open", reject_reason::bad_sequence);
    }
    const auto claims = parse_xclient(command.argument);
    if (!claims) {
        return fail(501, {5, 5, 4}, "Syntax: XCLIENT attribute=value ...", reject_reason::syntax);
    }
    const auto judged = observer_.replaces(*claims);
    forget_client();
    rights_ = judged.rights;
    // The handshake would be the client's, whose bytes the proxy passes on: what the proxy has said
    // would have to be forgotten under TLS (RFC 3207 section 4.2), and the client would be taken
    // for the proxy.
    if (security_ == security::offered) security_ = security::unavailable;
    if (judged.refused) return end(*judged.refused);
    helo_ = claims->helo.value.value_or("");
    extended_ = !helo_.empty() && claims->extended.value.value_or(false);
    output_ += "220 " + settings_.hostname + " ESMTP Kurir\r\n";
    report(220, {}, reject_reason::none);
}

void server_dialogue::on_hello(const command& command, bool more_follows) {
    if (more_follows && !trusted()) {
        return close_after(
            554, {5, 5, 0}, "Wait for the reply to EHLO", reject_reason::bad_sequence
        );
    }
    const bool named = !command.argument.empty();
    if (!named || (!trusted() && !is_domain_or_literal(command.argument))) {
        return fail(
            501, {5, 5, 4}, "Give a domain name or an address literal", reject_reason::syntax
        );
    }
    clear_transaction();
    helo_ = hello_name(command.argument);
    extended_ = command.name == verb::ehlo;
    reply greeting;
    greeting.code = 250;
    greeting.lines = {settings_.hostname};
    const bool starttls = security_ == security::offered || security_ == security::required;
    if (extended_) {
        append_ehlo_keywords({settings_, rights_, starttls, offered_mechanisms()}, greeting.lines);
    }
    output_ += greeting.wire();
    report(250, {}, reject_reason::none);
}

server_dialogue::event server_dialogue::on_data(const command& command, bool more_follows) {
    const bool open = transaction_ && !framing_.begun() && !framing_.failed();
    const bool ready = open && !transaction_->recipients.empty();
    if (ready && command.argument.empty()) {
        if (!wary_) return open_data();
        if (more_follows || observer_.more_is_waiting()) {
            end_unread();
        } else {
            phase_ = phase::listening;
        }
        return event::proceed;
    }
    const auto refuse = [&](int code, enhanced_status status, std::string_view text, auto reason) {
        refuse_data(code, status, text, reason, more_follows);
    };
    if (!command.argument.empty()) {
        refuse(501, {5, 5, 4}, "Command takes no argument", reject_reason::syntax);
    } else if (!open) {
        refuse(503, {5, 5, 1}, "Send MAIL and RCPT first", reject_reason::bad_sequence);
    } else {
        refuse(554, {5, 5, 1}, "No valid recipients", reject_reason::bad_sequence);
    }
    return event::proceed;
}

server_dialogue::event server_dialogue::open_data() {
    grant(354, {}, "End data with <CRLF>.<CRLF>");
    framing_.begin_data();
    phase_ = phase::command;
    wary_ = data_refused_ = false;
    return event::begin_message;
}

server_dialogue::event server_dialogue::on_bdat(const command& command) {
    const auto chunk = parse_bdat_argument(command.argument);
    if (!chunk) {  // the number of bytes that follow is not known
        close_after(501, {5, 5, 4}, "Syntax: BDAT size [LAST]", reject_reason::syntax);
        return event::proceed;
    }
    const std::uint64_t size_max = settings_.message_size_max;
    if (size_max != 0 && chunk->size > size_max) {
        close_after(552, {5, 3, 4}, "Message is too big", reject_reason::too_big);
        return event::proceed;
    }
    const bool tiny = chunk->size < chunk_size_least && !chunk->last;
    if (tiny && is_one_too_many(junk_)) return event::proceed;
    if (!transaction_ || !extended_ || framing_.failed() || transaction_->recipients.empty()) {
        skip_refused_chunk(*chunk);
        return event::proceed;
    }
    if (data_refused_) {
        end_mixed();
        return event::proceed;
    }
    const bool first = !framing_.begun();
    framing_.begin_chunk(*chunk);
    if (!first) return event::proceed;
    wary_ = false;
    return event::begin_message;
}

void server_dialogue::skip_refused_chunk(const chunk_argument& chunk) {
    framing_.skip_chunk(chunk);
    wary_ = true;
    const bool no_recipients = transaction_ && !framing_.failed() && extended_;
    if (transaction_) framing_.fail();
    if (no_recipients) {
        fail(554, {5, 5, 1}, "No valid recipients", reject_reason::bad_sequence);
    } else {
        fail(503, {5, 5, 1}, "Send MAIL and RCPT first", reject_reason::bad_sequence);
    }
}

void server_dialogue::on_help(const command& command, const surroundings& surroundings) {
    if (command.argument.empty()) {
        std::string topics = "Commands:";
        for (const auto& row : verb_rows) {
            if (row.in_help) topics += ' ' + std::string(row.word);
        }
        return grant(214, {2, 0, 0}, topics);
    }
    if (trusted() && base::equal_ignoring_case(command.argument, "STATUS")) {
        const std::string text =
            std::string(name_of(surroundings.queue)) + ", " + uptime_text(surroundings.uptime);
        return grant(211, {2, 0, 0}, text);
    }
    for (const auto& row : verb_rows) {
        if (!row.in_help || !base::equal_ignoring_case(command.argument, row.word)) continue;
        return grant(214, {2, 0, 0}, std::string(row.word) + " works as in RFC 5321 and RFC 3030");
    }
    fail(504, {5, 5, 4}, "No help on that", reject_reason::parameter);
}

// The answer is the same for every user, so that it does not reveal who exists.
void server_dialogue::on_vrfy(const command& command) {
    if (command.argument.empty()) {
        return fail(501, {5, 5, 4}, "VRFY needs an address", reject_reason::syntax);
    }
    if (const auto moved = moved_in(command.argument)) {
        if (moved->forwarded) return grant(251, {2, 1, 5}, moved_text(*moved));
        return fail(551, {5, 1, 6}, moved_text(*moved), reject_reason::moved);
    }
    grant(252, {2, 0, 0}, "Cannot verify the user, but will take mail for delivery");
}

// The same as RCPT would say, and only to those whose mail we would take (security: RFC 5321
// section 7.3).
std::optional<moved_recipient> server_dialogue::moved_in(std::string_view argument) {
    if (!trusted()) return std::nullopt;
    argument = base::trimmed(argument);
    const bool bracketed = argument.starts_with('<') && argument.ends_with('>');
    if (bracketed) argument = argument.substr(1, argument.size() - 2);
    const auto address = parse_mailbox(argument, true);
    return address ? observer_.moved(*address.value) : std::nullopt;
}

void server_dialogue::on_quit(const command& command) {
    if (!takes_no_argument(command)) return;
    grant(221, {2, 0, 0}, settings_.hostname + " closing");
    phase_ = phase::closed;
    framing_.stop();
}

// Lines of other protocols. A browser that is tricked into sending mail begins with a request line
// and headers (CVE-2021-3618); a proxy's claim about the client must not be accepted.
void server_dialogue::on_foreign(const command& command, bool more_follows) {
    const bool header_first = helo_.empty() && command.word.ends_with(':');
    if (command.name == verb::http || header_first) {
        return close_after(554, {5, 5, 1}, "This is an SMTP server", reject_reason::syntax);
    }
    // Nobody behind this proxy is known: served under its address, all would have its rights.
    const bool header = is_proxy_header(command.word);
    const bool claim = command.name == verb::proxy || command.name == verb::xclient;
    if (header || (claim && !trusted())) {
        return close_after(550, {5, 7, 1}, "Not for you", reject_reason::proxy_denied);
    }
    if (command.name == verb::xclient) {
        return fail(550, {5, 7, 1}, "Not for you", reject_reason::proxy_denied);
    }
    constexpr enhanced_status status{5, 5, 1};
    constexpr auto reason = reject_reason::syntax;
    refuse_broken(command, 500, status, "Command not recognized", reason, more_follows);
}

}  // namespace kurir::smtp
