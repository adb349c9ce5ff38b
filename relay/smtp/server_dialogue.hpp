// The protocol of an SMTP server: bytes in, replies and events out. No I/O.
//
// The driver gives its input to `next` until that asks for more, writes `take_output` before it
// reads again (so replies of a pipelined group leave together, RFC 2920 3.2), and acts on the
// events. After `end_message` it stores the message and reports the outcome, by `stored` or
// `refuse`, before it calls `next` again: only `stored` replies 250.
//
// Message bytes never become commands: the content of a refused DATA or BDAT is read to its true
// end, or the session is closed. After such a refusal, a client that continues with a line that is
// not a command did not read the reply, and is sending a message: then the session is closed too.
// If the content consists only of commands, the client's silence makes the difference: before the
// next message may begin, the client must wait for our 354 (`event::listen`).
//
// A session begins with `event::greet`: the driver makes the client ready to be greeted (a listener
// may want a handshake or a proxy's header first), and calls `greet`, `skip_greeting` or `end`.
//
// Clients that may relay are trusted: they get the liberal grammar, and their mistakes in
// recipients don't end a transaction. Rights may change between two transactions.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "relay/smtp/address.hpp"
#include "relay/smtp/body.hpp"
#include "relay/smtp/client_rights.hpp"
#include "relay/smtp/command.hpp"
#include "relay/smtp/exchange.hpp"
#include "relay/smtp/message_framing.hpp"
#include "relay/smtp/postponement.hpp"
#include "relay/smtp/refusal.hpp"
#include "relay/smtp/reply.hpp"
#include "relay/smtp/server_login.hpp"
#include "relay/smtp/server_settings.hpp"
#include "relay/smtp/server_transaction.hpp"
#include "relay/smtp/xclient.hpp"

namespace kurir::smtp {

// TLS of a session, as far as SMTP is concerned.
enum class security : std::uint8_t {
    unavailable,  // STARTTLS is not offered
    offered,
    required,  // and nothing else is done before
    active,    // all bytes are protected
};

enum class availability : std::uint8_t { open, full, unavailable };

// The state of the world that the dialogue needs at the moment.
struct surroundings {
    availability queue = availability::open;
    std::chrono::seconds uptime{0};
};

// A reply that refuses a command, and why.
struct denial {
    reply answer;
    reject_reason reason = reject_reason::none;
};

// Where mail to a recipient goes that has moved, and whether we forward it (RFC 5321 section 3.4).
struct moved_recipient {
    mailbox address;
    bool forwarded = false;  // false: the client is to send it there
};

// Why the server ends the session.
enum class farewell : std::uint8_t {
    timeout,
    too_slow,
    shutdown,
    too_many_sessions,
    too_many_of_client,
    store_unavailable,
    early_talker,
};

// A client that a proxy has named: what it may do, and why its session ends, if it does.
struct judgement {
    client_rights rights;
    std::optional<farewell> refused = {};
};

// Is told every reply, and answers questions that the dialogue can't.
class server_observer {
public:
    virtual ~server_observer() = default;
    virtual void replied(const exchange& exchange) = 0;

    // True if more has come from the client than was given to the dialogue. Asked only when a
    // client must wait for a reply.
    virtual bool more_is_waiting() { return false; }

    // What a client may log in by, strongest first: now, or once the session is secure.
    virtual std::vector<std::string_view> mechanisms(bool secure) {
        static_cast<void>(secure);
        return {};
    }

    // Asked when a trusted client begins a transaction and everything else allows it.
    virtual std::optional<postponement> postpones(const path& reverse_path) {
        static_cast<void>(reverse_path);
        return std::nullopt;
    }

    // The same, before that: the transaction that would begin.
    virtual std::optional<denial> denies(const server_transaction& opened) {
        static_cast<void>(opened);
        return std::nullopt;
    }

    // Asked about a recipient that has nothing else against it.
    virtual std::optional<denial> refuses(const path& reverse_path, const mailbox& recipient) {
        static_cast<void>(reverse_path);
        static_cast<void>(recipient);
        return std::nullopt;
    }

    // Asked about one that is not refused, and about the address of a VRFY: whether the client is
    // to be told a new address.
    virtual std::optional<moved_recipient> moved(const mailbox& recipient) {
        static_cast<void>(recipient);
        return std::nullopt;
    }

    // Asked when a client that may do so has named another, which takes its place.
    virtual judgement replaces(const client_claims& claims) {
        static_cast<void>(claims);
        return {};
    }
};

class server_dialogue {
public:
    enum class event : std::uint8_t {
        greet,           // the session begins: say `greet`, `skip_greeting` or `end`
        start_tls,       // write the output, agree on TLS, say `secured`; or close
        proceed,         // nothing to do: call `next` with the rest of the input
        need_input,      // write the output, then read more
        listen,          // like `need_input`, but briefly: if nothing comes, call `kept_silent`
        write,           // much output has gathered: write it, then continue
        begin_message,   // a message comes: `current` has its envelope
        message_bytes,   // `bytes` are the next part of the message
        end_message,     // it is complete and must be stored
        drop_message,    // it will not be stored: forget it
        begin_login,     // by `mechanism`; `bytes` are the initial response: base64, "=" if it is
                         // empty, empty if there is none. Answer by `challenge`, `logged_in` or
                         // `refuse_login`
        login_response,  // `bytes` answer the challenge, in base64: answer in the same way
        cancel_login,    // the client has given up: forget it
        close,           // write the output and close
    };

    struct step {
        event kind = event::proceed;
        std::size_t consumed = 0;  // consumed bytes of the input
        std::string_view bytes;    // valid as long as the input
    };

    // `settings` and `observer` must outlive the dialogue. A client that may not relay can use all
    // commands but gets no recipient.
    server_dialogue(
        const server_settings& settings, server_observer& observer, client_rights rights
    );

    // One of these answers `event::greet`. A client that is not greeted speaks another protocol,
    // and gets the refusal when its first words are read.
    void greet();
    void skip_greeting();

    // Before the session begins: in clear, or `active` once a listener has agreed on TLS.
    void begin_as(security protection);

    // Before the session begins, too.
    void offer_login(login_policy policy);

    // After `start_tls`. The client is forgotten (RFC 3207 section 4.2), and so is its transaction.
    void secured();

    // After `begin_login` and `login_response`. The challenge is base64.
    void challenge(std::string_view text);
    void logged_in(client_rights rights);
    void refuse_login(login_refusal reason);
    const std::string& mechanism() const noexcept { return mechanism_; }  // in capitals

    // From now on. Not during a transaction.
    void change_rights(client_rights rights);

    // Forgets the EHLO and any transaction: the client begins again. Call it when a TLS layer or a
    // security layer of SASL takes effect (RFC 3207 section 4.2, RFC 4954 section 4), and when a
    // proxy has named another client. Rights are changed by `change_rights`; errors still count.
    void forget_client();

    step next(std::string_view input, const surroundings& surroundings);

    // After `listen`: nothing came while the client had to wait.
    void kept_silent() noexcept { silent_ = true; }

    void stored(std::string_view queue_id);

    // After `begin_message`: the message is not wanted, the rest of it is ignored, and the reply to
    // its end says why. After `end_message`: that is the reply. No `drop_message` follows.
    void refuse(refusal reason);

    // Says 421 (an early talker: 554) and closes. A message in progress is dropped without event.
    void end(farewell reason);

    // Moves the replies to be written into `buffer`, whose memory is used again.
    void take_output(std::string& buffer) {
        buffer.clear();
        buffer.swap(output_);
    }
    bool has_output() const noexcept { return !output_.empty(); }

    bool trusted() const noexcept { return rights_.may_relay; }
    bool receiving() const noexcept { return framing_.receiving(); }

    // What comes next are bytes of a message, also of one that was refused.
    bool takes_content() const noexcept { return framing_.owns_input(); }

    // The next line answers a challenge of AUTH: it may be a password.
    bool awaits_response() const noexcept { return phase_ == phase::responding; }
    bool in_transaction() const noexcept { return transaction_.has_value(); }
    const server_transaction& current() const { return *transaction_; }
    const content_facts& facts() const { return framing_.facts(); }
    const std::string& helo() const noexcept { return helo_; }

    // The longest line that may come next, with its line end: the driver needs room for so much
    // unread input.
    std::size_t line_max() const noexcept { return line_max_; }

    // Grows with each progress of the session. The time that a client has for its next command runs
    // from the last progress, whatever else it says meanwhile.
    std::uint64_t progress() const noexcept { return progress_; }

    std::string_view protocol() const noexcept;  // as `Received: ... with` names it (RFC 3848)

private:
    enum class phase : std::uint8_t {
        greeting,        // the session begins
        command,         // or the bytes of a message, as long as the framing owns the input
        securing,        // STARTTLS was granted
        listening,       // DATA is answered when the client has kept silent
        authenticating,  // the driver looks at what came of a login
        responding,      // the next line answers a challenge
        storing,
        closed,
    };

    // server_dialogue.cpp: the flow of bytes
    step read_command(std::string_view input, const surroundings& surroundings);
    void look_at_start(char first);
    step read_endless_line(std::string_view input);
    void reject_long_line(std::string_view line, bool more_follows);
    void reject_bare_newline(std::string_view line, bool more_follows);
    step listen(std::string_view input);
    step read_message(std::string_view input);
    void end_chunk();
    event end_message();
    void answer_refusal(refusal reason);
    void clear_transaction();
    void say(int code, enhanced_status status, std::string_view text);
    void report(int code, enhanced_status status, reject_reason reason);
    void grant(int code, enhanced_status status, std::string_view text);
    void fail(int code, enhanced_status status, std::string_view text, reject_reason reason);
    void close_after(int code, enhanced_status status, std::string_view text, reject_reason reason);

    // server_commands.cpp: the meaning of each command
    event execute(const command& command, bool more_follows, const surroundings& surroundings);
    event dispatch(const command& command, bool more_follows, const surroundings& surroundings);
    void on_hello(const command& command, bool more_follows);
    event on_data(const command& command, bool more_follows);
    event open_data();
    event on_bdat(const command& command);
    void skip_refused_chunk(const chunk_argument& chunk);
    void on_rset(const command& command);
    void on_starttls(const command& command, bool more_follows);
    bool must_be_secured(verb name) const noexcept;
    void on_xclient(const command& command, bool more_follows);
    void on_help(const command& command, const surroundings& surroundings);
    void on_vrfy(const command& command);
    std::optional<moved_recipient> moved_in(std::string_view argument);
    void on_quit(const command& command);
    void on_foreign(const command& command, bool more_follows);
    bool takes_no_argument(const command& command);
    bool has_bad_character(const command& command) const noexcept;

    // server_auth.cpp: AUTH and what follows it
    std::size_t limit_of(std::string_view line) const noexcept;
    std::vector<std::string_view> offered_mechanisms();
    event on_auth(const command& command);
    bool is_mechanism_possible(std::string_view name);
    step read_response(std::string_view input);
    void give_up_login(
        int code, enhanced_status status, std::string_view text, reject_reason reason
    );

    // server_mistakes.cpp: what refused commands lead to
    bool is_junk(verb name) const noexcept;
    bool is_one_too_many(std::size_t& count);
    void note_progress(const command& command) noexcept;
    void end_unread();
    void end_mixed();
    void refuse_data(
        int code,
        enhanced_status status,
        std::string_view text,
        reject_reason reason,
        bool more_follows
    );
    void refuse_broken(
        const command& command,
        int code,
        enhanced_status status,
        std::string_view text,
        reject_reason reason,
        bool more_follows
    );
    bool is_content(const command& command);
    bool is_endless_list();
    void refuse_recipient(
        int code, enhanced_status status, std::string_view text, reject_reason reason
    );

    // server_envelope.cpp: MAIL and RCPT
    void on_mail(const command& command, const surroundings& surroundings);
    grammar rules() const noexcept { return trusted() ? grammar::liberal : grammar::strict; }
    bool take_mail_parameters(
        const std::vector<parameter>& parameters, server_transaction& transaction
    );
    bool take_rcpt_parameters(const std::vector<parameter>& parameters);
    bool complete_sender(path& sender);
    bool complete_recipient(path& recipient);
    void postpone(const postponement& postponement);
    void deny(const denial& denial);
    void on_rcpt(const command& command);
    void refuse_sender(const path_argument& parsed);
    void refuse_recipient_path(const path_argument& parsed);
    void take_recipient(mailbox address);
    std::string moved_text(const moved_recipient& moved) const;

    // RFC 5321 4.5.3.1.4 asks for 512; extensions add up to over 1036 (RFC 3461 section 5.4). Lines
    // of a login may be longer.
    static constexpr std::size_t command_line_max = 2048;

    const server_settings& settings_;
    server_observer& observer_;
    client_rights rights_;
    security security_ = security::unavailable;
    phase phase_ = phase::greeting;
    std::string output_;

    std::string helo_;              // empty until HELO or EHLO
    bool extended_ = false;         // EHLO
    bool spoken_ = false;           // a first line came
    std::size_t line_dropped_ = 0;  // bytes of a command line that is too long
    std::size_t errors_ = 0;        // since the last stored message
    std::size_t junk_ = 0;          // commands that lead nowhere, since the last stored message
    std::size_t aborted_ = 0;       // transactions, since the last stored message
    std::uint64_t progress_ = 0;
    bool wary_ = false;          // a message was refused before it came: it may come all the same
    bool data_refused_ = false;  // the same, and it would come as lines
    bool silent_ = false;        // while it had to wait for the reply to DATA
    login_policy login_policy_ = login_policy::off;
    bool logged_in_ = false;
    std::string mechanism_;
    std::string_view initial_response_;  // of the AUTH that is being answered
    std::size_t line_max_ = command_line_max;
    bool secret_ = false;          // an AUTH was refused: a password may come all the same
    bool mail_taken_ = false;      // of a stranger
    verb verb_ = verb::unknown;    // being answered
    std::string_view word_;        // being answered
    bool at_end_of_data_ = false;  // being answered
    std::string_view argument_;    // being answered

    std::optional<server_transaction> transaction_;
    message_framing framing_;
};

}  // namespace kurir::smtp
