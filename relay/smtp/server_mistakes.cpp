// The consequences of a client's mistakes: errors are counted, and a message that was refused
// before it came must not become commands.
#include <utility>

#include "relay/base/text.hpp"
#include "relay/smtp/server_dialogue.hpp"

namespace kurir::smtp {

namespace {

// The number of bad recipients of one message that don't count as errors: an old list has many of
// them.
constexpr std::size_t free_bad_recipients = 100;

// More bad recipients than this are not a list.
constexpr std::size_t refused_recipients_max = 100'000;

// The probable meaning of a line that can't be accepted: content follows a DATA or a BDAT even if
// its word is misspelt ("DATA;", "BDAT20 LAST").
verb intended(const command& command) noexcept {
    if (command.name != verb::unknown) return command.name;
    if (base::starts_ignoring_case(command.word, "DATA")) return verb::data;
    if (base::starts_ignoring_case(command.word, "BDAT")) return verb::bdat;
    return verb::unknown;
}

}  // namespace

// Answers a mistake of the client, or ends the session if there were too many.
void server_dialogue::fail(
    int code, enhanced_status status, std::string_view text, reject_reason reason
) {
    if (++errors_ > settings_.errors_max) {
        return close_after(
            421, {4, 7, 0}, "Too many errors, closing", reject_reason::too_many_errors
        );
    }
    // A reply to HELO or EHLO carries no enhanced status (RFC 2034 section 4).
    if (verb_ == verb::helo || verb_ == verb::ehlo) status = {};
    say(code, status, text);
    report(code, status, reason);
}

// The transaction continues, because the good recipients must not suffer for the bad ones.
void server_dialogue::refuse_recipient(
    int code, enhanced_status status, std::string_view text, reject_reason reason
) {
    if (++transaction_->bad_recipients > free_bad_recipients) ++errors_;
    if (is_endless_list()) return;
    say(code, status, text);
    report(code, status, reason);
}

// True if the session ends because the transaction has so many refused recipients that the client
// must be in a loop.
bool server_dialogue::is_endless_list() {
    const auto refused = transaction_->bad_recipients + transaction_->refused_recipients;
    if (refused <= refused_recipients_max) return false;
    close_after(421, {4, 7, 0}, "Too many errors, closing", reject_reason::too_many_errors);
    return true;
}

// The client sends a message without having read that it is allowed.
void server_dialogue::end_unread() {
    close_after(554, {5, 5, 0}, "Wait for the reply to DATA", reject_reason::bad_sequence);
}

// A BDAT after a refused DATA may be a line of the refused message, because no client needs to wait
// before its chunk. A client that knows CHUNKING does not use DATA; if it does, it tries again.
void server_dialogue::end_mixed() {
    close_after(
        421, {4, 7, 0}, "BDAT after a refused DATA: use a new session", reject_reason::bad_sequence
    );
}

// A client that does not wait for the reply sends its message now. Bytes after the command are part
// of it, and so is a next line that is not a command.
void server_dialogue::refuse_data(
    int code, enhanced_status status, std::string_view text, reject_reason reason, bool more_follows
) {
    wary_ = true;
    const bool in_chunks = framing_.begun() || framing_.failed();
    data_refused_ = data_refused_ || !in_chunks;
    if (more_follows || observer_.more_is_waiting()) return end_unread();
    fail(code, status, text, reason);
}

// A command whose line can't be accepted as such.
void server_dialogue::refuse_broken(
    const command& command,
    int code,
    enhanced_status status,
    std::string_view text,
    reject_reason reason,
    bool more_follows
) {
    const verb meant = intended(command);
    if (meant == verb::bdat) {  // the number of bytes that follow is not known
        return close_after(code, status, text, reason);
    }
    if (meant == verb::data) return refuse_data(code, status, text, reason, more_follows);
    fail(code, status, text, reason);
}

// The line is part of a message that was refused: ends the session.
bool server_dialogue::is_content(const command& command) {
    if (!wary_ || row_of(command.name).smtp) return false;
    close_after(
        554,
        {5, 5, 0},
        "This is no command: a message was refused, its content is not wanted",
        reject_reason::bad_sequence
    );
    return true;
}

// Commands without progress. A chunk counts as such by its size, a MAIL by its RSET.
bool server_dialogue::is_junk(verb name) const noexcept {
    const auto value = row_of(name).value;
    return value == worth::junk || (value == worth::junk_when_idle && !transaction_);
}

// Counts a command without progress in `count`. True if the session ends because of it.
bool server_dialogue::is_one_too_many(std::size_t& count) {
    constexpr std::size_t free_of_charge = 100;  // before each further one counts as an error
    if (++count <= free_of_charge || ++errors_ <= settings_.errors_max) return false;
    close_after(421, {4, 7, 0}, "Too many errors, closing", reject_reason::too_many_errors);
    return true;
}

// In a transaction only its own commands count; a stranger's first MAIL is all that counts.
void server_dialogue::note_progress(const command& command) noexcept {
    const bool mail = command.name == verb::mail;
    if (!trusted()) {
        if (mail && transaction_ && !std::exchange(mail_taken_, true)) ++progress_;
        return;
    }
    const bool empty = command.name == verb::bdat && framing_.chunk_size() == 0;
    const bool own = row_of(command.name).value == worth::transaction && !empty;
    if (!transaction_ || own) ++progress_;
}

}  // namespace kurir::smtp
