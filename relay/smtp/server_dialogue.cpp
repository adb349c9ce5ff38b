#include "relay/smtp/server_dialogue.hpp"

#include <cassert>
#include <string>
#include <utility>

#include "relay/base/text.hpp"

namespace kurir::smtp {

namespace {

// A command line that is longer than this ends the session.
constexpr std::size_t dropped_line_max = 64 * 1024;

// When this much output is pending, it is written before more input is read.
constexpr std::size_t output_max = 16 * 1024;

}  // namespace

server_dialogue::server_dialogue(
    const server_settings& settings, server_observer& observer, client_rights rights
)
    : settings_(settings),
      observer_(observer),
      rights_(rights),
      framing_(settings.bare_newline, settings.message_size_max) {}

std::string_view server_dialogue::protocol() const noexcept {
    constexpr std::string_view plain[] = {"ESMTP", "ESMTPA", "ESMTPS", "ESMTPSA"};
    constexpr std::string_view utf8[] = {"UTF8SMTP", "UTF8SMTPA", "UTF8SMTPS", "UTF8SMTPSA"};
    const std::size_t kind = (security_ == security::active ? 2U : 0U) + (logged_in_ ? 1U : 0U);
    if (transaction_ && transaction_->smtputf8) return utf8[kind];
    return extended_ ? plain[kind] : "SMTP";
}

void server_dialogue::skip_greeting() {
    assert(phase_ == phase::greeting);
    phase_ = phase::command;
}

void server_dialogue::begin_as(security protection) {
    assert(phase_ == phase::greeting);
    security_ = protection;
}

void server_dialogue::secured() {
    assert(phase_ == phase::securing);
    phase_ = phase::command;
    security_ = security::active;
    forget_client();
}

void server_dialogue::change_rights(client_rights rights) {
    assert(!transaction_);
    rights_ = rights;
}

void server_dialogue::forget_client() {
    assert(phase_ == phase::command && !framing_.owns_input());
    clear_transaction();
    helo_.clear();
    extended_ = false;
    wary_ = data_refused_ = secret_ = logged_in_ = false;
}

void server_dialogue::greet() {
    assert(phase_ == phase::greeting);
    phase_ = phase::command;
    output_ += "220 " + settings_.hostname + " ESMTP Kurir\r\n";
}

server_dialogue::step server_dialogue::next(
    std::string_view input, const surroundings& surroundings
) {
    step done;
    if (framing_.take_drop()) {
        done.kind = event::drop_message;
    } else if (phase_ == phase::closed) {
        done.kind = event::close;
    } else if (output_.size() > output_max) {
        done.kind = event::write;
    } else if (phase_ == phase::greeting) {
        done.kind = event::greet;
    } else if (phase_ == phase::securing) {
        assert(input.empty());  // what came before is refused
        done.kind = event::start_tls;
    } else if (phase_ == phase::listening) {
        return listen(input);
    } else if (framing_.owns_input()) {
        return read_message(input);
    } else if (input.empty()) {
        done.kind = event::need_input;
    } else if (phase_ == phase::responding) {
        return read_response(input);
    } else {
        assert(phase_ == phase::command);  // the driver has answered what it was asked
        return read_command(input, surroundings);
    }
    return done;
}

server_dialogue::step server_dialogue::read_command(
    std::string_view input, const surroundings& surroundings
) {
    verb_ = verb::unknown;
    word_ = argument_ = {};
    step done;
    look_at_start(input.front());
    if (phase_ == phase::closed) return done;
    const std::size_t newline = input.find('\n');
    if (newline == std::string_view::npos) return read_endless_line(input);

    spoken_ = true;
    done.consumed = newline + 1;
    line_max_ = command_line_max;
    const bool more_follows = done.consumed < input.size();
    std::string_view line = input.substr(0, newline);
    if (std::exchange(line_dropped_, 0) + done.consumed > limit_of(line)) {
        reject_long_line(line, more_follows);
    } else if (line.empty() || line.back() != '\r') {
        reject_bare_newline(line, more_follows);
    } else {
        line.remove_suffix(1);
        done.kind = execute(parse_command(line), more_follows, surroundings);
        done.bytes = std::exchange(initial_response_, {});
    }
    word_ = argument_ = {};
    return done;
}

// The first byte of a session tells whether it speaks SMTP, or something else that a client was
// tricked into speaking.
void server_dialogue::look_at_start(char first) {
    if (spoken_ || base::is_letter(first) || first == '\r' || first == '\n' || first == ' ') return;
    constexpr char tls_handshake = 0x16;  // RFC 8446 section 5.1
    const auto reason =
        first == tls_handshake ? reject_reason::tls_on_plain_port : reject_reason::syntax;
    close_after(554, {5, 5, 1}, "This is an SMTP server", reason);
}

server_dialogue::step server_dialogue::read_endless_line(std::string_view input) {
    step done;
    const auto limit = limit_of(input);
    if (line_dropped_ + input.size() < limit) {
        line_max_ = input.size() < command_line_max ? command_line_max : limit;
        done.kind = event::need_input;
        return done;
    }
    // Without the size of a BDAT, the bytes after it can't be understood.
    const bool command = line_dropped_ == 0 && phase_ == phase::command;
    const bool chunk = command && parse_command(input).name == verb::bdat;
    line_max_ = command_line_max;
    line_dropped_ += input.size();
    done.consumed = input.size();
    if (chunk || line_dropped_ > dropped_line_max) {
        close_after(500, {5, 5, 6}, "Line too long", reject_reason::syntax);
    }
    return done;
}

// It may be content, or a DATA whose content comes.
void server_dialogue::reject_long_line(std::string_view line, bool more_follows) {
    wary_ = true;
    const auto command = parse_command(line);
    refuse_broken(command, 500, {5, 5, 6}, "Line too long", reject_reason::syntax, more_follows);
}

// A command that ends with a bare LF is never executed: it may be the tail of smuggled mail.
void server_dialogue::reject_bare_newline(std::string_view line, bool more_follows) {
    constexpr std::string_view text = "Bare LF: lines end with CRLF";
    constexpr enhanced_status status{5, 5, 2};
    constexpr auto reason = reject_reason::bare_newline;
    const auto command = parse_command(line);
    if (!trusted()) return close_after(500, status, text, reason);
    if (!is_content(command)) refuse_broken(command, 500, status, text, reason, more_follows);
}

// A message was refused before it came, and this DATA may be a line of it. After DATA a client must
// wait for the reply (RFC 2920 section 3.1), so a client that sends the next line at once sends
// content.
server_dialogue::step server_dialogue::listen(std::string_view input) {
    verb_ = verb::data;
    step done;
    if (!input.empty()) {
        end_unread();
    } else if (std::exchange(silent_, false)) {
        done.kind = open_data();
    } else {
        done.kind = event::listen;
    }
    return done;
}

server_dialogue::step server_dialogue::read_message(std::string_view input) {
    using framed = message_framing::event;
    const auto read = framing_.next(input);
    step done;
    done.consumed = read.consumed;
    switch (read.reached) {
        case framed::proceed:
            break;
        case framed::need_input:
            done.kind = event::need_input;
            break;
        case framed::message_bytes:
            done.kind = event::message_bytes;
            done.bytes = read.bytes;
            break;
        case framed::end_of_chunk:
            end_chunk();
            break;
        case framed::end_of_message:
            done.kind = end_message();
            break;
    }
    return done;
}

void server_dialogue::end_chunk() {
    verb_ = verb::bdat;
    if (const auto refused = framing_.verdict()) {
        answer_refusal(*refused);
        wary_ = true;
    } else {
        grant(250, {2, 0, 0}, std::to_string(framing_.chunk_size()) + " octets received");
    }
}

server_dialogue::event server_dialogue::end_message() {
    verb_ = framing_.kind() == framing::dotted ? verb::data : verb::bdat;
    at_end_of_data_ = true;
    if (const auto refused = framing_.verdict()) {
        answer_refusal(*refused);
        clear_transaction();
        return event::proceed;
    }
    phase_ = phase::storing;
    return event::end_message;
}

void server_dialogue::stored(std::string_view queue_id) {
    assert(phase_ == phase::storing);
    framing_.let_go();
    errors_ = 0;
    junk_ = 0;
    aborted_ = 0;
    grant(250, {2, 0, 0}, "Ok: queued as " + std::string(queue_id));
    clear_transaction();
}

void server_dialogue::refuse(refusal reason) {
    framing_.refuse(reason);
    if (phase_ != phase::storing) return;
    answer_refusal(reason);
    clear_transaction();
}

void server_dialogue::end(farewell reason) {
    framing_.let_go();
    verb_ = verb::unknown;
    word_ = argument_ = {};
    switch (reason) {
        case farewell::timeout:
            return close_after(421, {4, 4, 2}, "Timeout, closing", reject_reason::timeout);
        case farewell::too_slow:
            return close_after(421, {4, 4, 2}, "Too slow, closing", reject_reason::timeout);
        case farewell::shutdown:
            return close_after(421, {4, 3, 2}, "Shutting down", reject_reason::shutdown);
        case farewell::too_many_sessions:
            return close_after(
                421, {4, 3, 2}, "Too many connections, try later", reject_reason::too_many_sessions
            );
        case farewell::too_many_of_client:
            return close_after(
                421, {4, 3, 2}, "Too many connections, try later", reject_reason::too_many_of_client
            );
        case farewell::store_unavailable:
            return close_after(
                421, {4, 3, 0}, "Queue is not available, try later", reject_reason::store_error
            );
        case farewell::early_talker:
            return close_after(
                554,
                {5, 5, 0},
                "Wait for the greeting before you speak",
                reject_reason::early_talker
            );
    }
}

void server_dialogue::answer_refusal(refusal reason) {
    const auto answer = reply_to(reason);
    if (answer.code >= 500) return fail(answer.code, answer.status, answer.text, answer.reason);
    say(answer.code, answer.status, answer.text);
    report(answer.code, answer.status, answer.reason);
}

void server_dialogue::clear_transaction() {
    if (phase_ != phase::closed) phase_ = phase::command;
    if (framing_.begun()) ++progress_;
    framing_.forget();
    transaction_.reset();
    at_end_of_data_ = false;
}

void server_dialogue::say(int code, enhanced_status status, std::string_view text) {
    output_ += std::to_string(code);
    output_ += ' ';
    if (status) output_ += status.text() + ' ';
    output_ += text;
    output_ += "\r\n";
}

void server_dialogue::report(int code, enhanced_status status, reject_reason reason) {
    exchange answer;
    answer.command = verb_;
    answer.code = code;
    answer.status = status;
    answer.reason = reason;
    answer.word = word_;
    answer.argument = argument_;
    answer.at = row_of(verb_).at;
    if (answer.at == stage::data && at_end_of_data_) answer.at = stage::end_of_data;
    if (answer.at == stage::other && !spoken_) answer.at = stage::connect;
    observer_.replied(answer);
}

void server_dialogue::grant(int code, enhanced_status status, std::string_view text) {
    say(code, status, text);
    report(code, status, reject_reason::none);
}

void server_dialogue::close_after(
    int code, enhanced_status status, std::string_view text, reject_reason reason
) {
    // RFC 5321 4.2.2 wants the domain in 421.
    say(code, status, code == 421 ? settings_.hostname + ' ' + std::string(text) : text);
    report(code, status, reason);
    phase_ = phase::closed;
    framing_.stop();
}

}  // namespace kurir::smtp
