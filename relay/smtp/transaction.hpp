// One mail transaction as a client sees it: who says what when, without I/O (RFC 5321 section 3.3).
//
// The driver asks `next` what to do and hands over what comes back:
//
//   for (;;) switch (const auto step = dialogue.next(); step.what) {
//       case action::send: ...write step.bytes...; break;
//       case action::await_reply: dialogue.on_reply(...); break;
//       case action::send_data: ...the stuffed message and the dot...; dialogue.on_body_sent();
//       break;
//       ...
//   }
//
// Where the peer offers PIPELINING, MAIL, up to 100 RCPT and DATA go in one group (RFC 2920); where
// it offers CHUNKING, the message goes by BDAT, else by DATA. Only parameters of offered extensions
// are sent (conformance C005). Nothing is decided about recipients here: `results` tells what was
// said to each, and where, and `outbound::verdict` judges.
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

// What is to be sent. The strings are paths without angle brackets.
struct mail_request {
    std::string reverse_path;
    std::vector<std::string> recipients;  // not empty
    std::uint64_t size = 0;
    bool eight_bit = false;
    bool smtputf8 = false;
};

enum class client_stage : std::uint8_t { mail, rcpt, data, eod };

// What became of one recipient. Without a reply the conversation broke off at that stage.
struct recipient_result {
    client_stage stage = client_stage::mail;
    std::optional<reply> said;
    // RFC 5321 4.5.3.1.10: too many recipients for one transaction; a new one may take it at once.
    bool again_at_once = false;
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
        action what = action::finished;
        std::string bytes = {};
        client_stage stage = client_stage::mail;
    };

    transaction(mail_request mail, const peer& offers);

    step next();
    void on_reply(reply said);
    void on_body_sent();

    // The server refused a chunk before the last: that ends the message.
    void on_chunk_refused(reply said);

    // What came is no SMTP, or the connection was lost: it ends here.
    void on_broken();

    bool sent_end_of_data() const noexcept { return end_sent_; }

    // The connection can take another transaction: nothing is outstanding and nothing was out of
    // order. With `needs_reset`, RSET first (conformance C023).
    bool reusable() const noexcept { return usable_; }
    bool needs_reset() const noexcept { return needs_reset_; }

    const std::vector<recipient_result>& results() const noexcept { return results_; }

private:
    enum class phase : std::uint8_t { commands, body, lone_dot, ended };
    enum class awaited : std::uint8_t { mail, rcpt, data, eod };

    std::string mail_command() const;
    std::string next_group();
    std::string next_alone();
    void on_mail(reply&& said);
    void on_rcpt(reply&& said);
    void on_data(reply&& said);
    void on_end(reply&& said);
    void after_commands();
    void settle_accepted(client_stage stage, const reply& said);
    void settle_all(client_stage stage, const reply& said);
    void end(bool usable);

    mail_request mail_;
    peer offers_;
    phase phase_ = phase::commands;
    std::deque<awaited> awaited_;
    std::vector<recipient_result> results_;
    std::vector<std::size_t> accepted_;
    std::size_t asked_ = 0;     // recipients whose RCPT was sent
    std::size_t answered_ = 0;  // and answered
    bool mail_sent_ = false;
    bool mail_refused_ = false;
    bool data_sent_ = false;
    bool end_sent_ = false;
    bool usable_ = true;
    bool needs_reset_ = false;
};

}  // namespace kurir::smtp
