// One mail transaction on the client's side, without I/O (RFC 5321 section 3.3).
//
// The driver asks `next` what to do and passes the replies on:
//
//   for (;;) switch (const auto step = dialogue.next(); step.todo) {
//       case action::send: ...write step.bytes...; break;
//       case action::await_reply: dialogue.on_reply(...); break;
//       case action::send_data: ...the stuffed message and the dot...; dialogue.on_body_sent();
//       break;
//       ...
//   }
//
// If the peer offers PIPELINING, MAIL, up to 100 RCPT and DATA go in one group (RFC 2920); if it
// offers CHUNKING, the message is sent by BDAT, otherwise by DATA. Only parameters of offered
// extensions are sent (C005). This class does not judge: `results` has the reply to each recipient
// and its stage, and `outbound::verdict` decides what it means.
//
// A reply counts only if it can be the reply to its command:
//
// - The driver looks for unread bytes before it sends a command, the first byte of the message or
//   its end. A reply that came unasked ends the conversation (`on_unasked`), except 421, which a
//   server may send at any time.
// - A reply that its command can't have ends it too: 250 to DATA, 354 to RCPT, 220 to anything, an
//   accepted recipient after a refused MAIL. Then replies are missing or there is one too many, so
//   the earlier ones prove nothing either: recipients are left without a reply. Those that were
//   refused before 354 stay refused: it shows that the replies were in step until then.
// - Refusals in a group of commands count only once the whole group is answered.
// - Only DATA has a reply that no other command has. A refusal without 354 is therefore confirmed
// by
//   RSET: if the replies were shifted by one, RSET would get the one that refuses the last command.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "relay/smtp/peer.hpp"
#include "relay/smtp/reply.hpp"

namespace kurir::smtp {

// The envelope to send. The strings are paths without angle brackets.
struct mail_request {
    std::string reverse_path;
    std::vector<std::string> recipients;  // not empty
    std::uint64_t size = 0;
    bool eight_bit = false;
    bool smtputf8 = false;
    std::vector<bool> notify_never = {};  // by recipient: NOTIFY=NEVER; shorter: not of the others

    bool never_notifies(std::size_t recipient) const {
        return recipient < notify_never.size() && notify_never[recipient];
    }
};

enum class client_stage : std::uint8_t { mail, rcpt, data, eod, reset };

// The result for one recipient. Without a reply the conversation broke off at that stage.
struct recipient_result {
    client_stage stage = client_stage::mail;
    std::optional<reply> said = {};
    // Too many recipients for one transaction (RFC 5321 4.5.3.1.10): another one may take it at
    // once. `said` is the refusal, which may be that of an earlier recipient.
    bool again_at_once = false;
};

// A reply that ended the conversation: it came unasked, or its command can't have it.
struct reply_fault {
    client_stage stage = client_stage::mail;
    bool unasked = false;
    reply said;
};

class transaction {
public:
    enum class action : std::uint8_t {
        send,         // write `bytes`
        await_reply,  // read one reply, of stage `stage`
        send_data,    // write the message, dot-stuffed, and the end of data
        send_bdat,    // write the message in BDAT chunks; replies to all but the last are awaited
                      // there
        finished,
    };
    struct step {
        action todo = action::finished;
        std::string bytes = {};
        client_stage stage = client_stage::mail;
    };

    transaction(mail_request mail, const peer& offers);

    step next();
    void on_reply(reply said);
    void on_body_sent();

    // The server refused a chunk before the last: that ends the message.
    void on_chunk_refused(reply said);

    // A reply came before the end of the message was sent, and not at once after 354: a refusal
    // ends the message, anything else is a fault.
    void on_early_reply(reply said);

    // A reply was found where none is awaited.
    void on_unasked(reply said);

    // The input is not SMTP, or the connection was lost: the transaction ends.
    void on_broken();

    bool sent_end_of_data() const noexcept { return end_sent_; }

    // True if the connection can take another transaction: no reply is missing and none was out of
    // order. With `needs_reset`, RSET first (C023).
    bool reusable() const noexcept { return usable_; }
    bool needs_reset() const noexcept { return needs_reset_; }

    const std::vector<recipient_result>& results() const noexcept { return results_; }
    const std::optional<reply_fault>& fault() const noexcept { return fault_; }

    // Recipients that the server took, by their positions.
    const std::vector<std::size_t>& accepted() const noexcept { return accepted_; }

    // The recipient at which the server ended the connection, by 421 or without a reply.
    const std::optional<std::size_t>& cut_at() const noexcept { return cut_at_; }

    // Recipients were refused in a group that was not answered to its end.
    bool refusals_forgotten() const noexcept { return refusals_forgotten_; }

    // The server accepted recipients, and in the end refused them all as too many.
    bool all_too_many() const noexcept { return all_too_many_; }

private:
    enum class phase : std::uint8_t { commands, body, lone_dot, confirm, ended };

    std::string mail_command() const;
    std::string rcpt_command(std::size_t recipient) const;
    std::string next_group();
    std::string next_alone();
    bool fits(client_stage stage, const reply& said) const;
    void on_mail(reply&& said);
    void on_rcpt(reply&& said);
    void on_data(reply&& said);
    void on_end(reply&& said);
    void on_reset(const reply& said);
    void on_closing(client_stage stage, const reply& said);
    void on_fault(client_stage stage, bool unasked, reply said);
    void after_commands();
    void refused_without_proof();
    void forget_unproven_refusals();
    void split_if_too_many(const reply& said);
    void leave_the_rest(const reply& said);
    void settle_accepted(client_stage stage, const reply& said);
    void settle_all(client_stage stage, const reply& said);
    void end(bool usable);

    mail_request mail_;
    peer offers_;
    phase phase_ = phase::commands;
    client_stage stage_ = client_stage::mail;  // of the last reply, or of the pending command
    std::deque<client_stage> awaited_;
    std::vector<recipient_result> results_;
    std::vector<std::size_t> accepted_;
    std::size_t asked_ = 0;        // recipients whose RCPT was sent
    std::size_t answered_ = 0;     // and answered
    std::size_t group_began_ = 0;  // the first recipient whose RCPT is in the pending group
    std::optional<reply_fault> fault_;
    std::optional<std::size_t> cut_at_;
    bool mail_sent_ = false;
    bool mail_refused_ = false;
    bool full_ = false;  // one recipient was too many
    bool data_sent_ = false;
    bool end_sent_ = false;
    bool in_step_ = false;  // 354 was answered: every reply before it was its command's
    bool refusals_forgotten_ = false;
    bool all_too_many_ = false;
    bool usable_ = true;
    bool needs_reset_ = false;
};

}  // namespace kurir::smtp
