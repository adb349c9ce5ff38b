#include "relay/smtp/transaction.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

#include "relay/smtp/too_many_recipients.hpp"

namespace kurir::smtp {

namespace {

// RFC 2920 sets no limit. This many replies fit any socket buffer, so that neither side blocks
// (C027).
constexpr std::size_t group_max = 100;

constexpr int closing = 421;
constexpr int go_ahead = 354;
constexpr int not_recognized = 500;
constexpr int not_implemented = 502;

// Replies to HELP, the greeting and QUIT. No command of a transaction has them.
bool is_of_no_transaction(int code) {
    return code == 211 || code == 214 || code == 220 || code == 221;
}

// Replies to addresses. RFC 3463's subject 1 never refers to a received message.
bool is_of_an_address(const reply& said) {
    return said.status.klass == 2 && said.status.subject == 1;
}

}  // namespace

transaction::transaction(mail_request mail, const peer& offers)
    : mail_(std::move(mail)), offers_(offers), results_(mail_.recipients.size()) {
    assert(!mail_.recipients.empty());
}

std::string transaction::mail_command() const {
    std::string line = "MAIL FROM:<" + mail_.reverse_path + '>';
    if (offers_.size) line += " SIZE=" + std::to_string(mail_.size);
    if (mail_.eight_bit && offers_.eight_bit) line += " BODY=8BITMIME";
    if (mail_.smtputf8 && offers_.smtputf8) line += " SMTPUTF8";
    return line + "\r\n";
}

std::string transaction::rcpt_command(std::size_t recipient) const {
    std::string line = "RCPT TO:<" + mail_.recipients[recipient] + '>';
    if (offers_.dsn && mail_.never_notifies(recipient)) line += " NOTIFY=NEVER";
    return line + "\r\n";
}

transaction::step transaction::next() {
    if (!awaited_.empty()) return {.todo = action::await_reply, .stage = awaited_.front()};
    switch (phase_) {
        case phase::commands: {
            auto bytes = offers_.pipelining ? next_group() : next_alone();
            stage_ = awaited_.front();
            return {.todo = action::send, .bytes = std::move(bytes), .stage = stage_};
        }
        case phase::body:
            stage_ = client_stage::data;
            return {
                .todo = offers_.chunking ? action::send_bdat : action::send_data,
                .stage = stage_,
            };
        case phase::lone_dot:
            // DATA was answered 354 although no recipient was taken: end it at once (C026).
            stage_ = client_stage::eod;
            awaited_.push_back(stage_);
            return {.todo = action::send, .bytes = ".\r\n", .stage = stage_};
        case phase::confirm:
            stage_ = client_stage::reset;
            awaited_.push_back(stage_);
            return {.todo = action::send, .bytes = "RSET\r\n", .stage = stage_};
        case phase::ended:
            break;
    }
    return {};
}

std::string transaction::next_group() {
    std::string bytes;
    if (!std::exchange(mail_sent_, true)) {
        bytes = mail_command();
        awaited_.push_back(client_stage::mail);
    }
    group_began_ = asked_;
    const auto last = std::min(mail_.recipients.size(), asked_ + group_max);
    for (; asked_ < last; ++asked_) {
        bytes += rcpt_command(asked_);
        awaited_.push_back(client_stage::rcpt);
    }
    if (asked_ == mail_.recipients.size() && !offers_.chunking) {
        bytes += "DATA\r\n";
        data_sent_ = true;
        awaited_.push_back(client_stage::data);
    }
    return bytes;
}

std::string transaction::next_alone() {
    if (!std::exchange(mail_sent_, true)) {
        awaited_.push_back(client_stage::mail);
        return mail_command();
    }
    if (asked_ < mail_.recipients.size()) {
        group_began_ = asked_;
        awaited_.push_back(client_stage::rcpt);
        return rcpt_command(asked_++);
    }
    data_sent_ = true;
    awaited_.push_back(client_stage::data);
    return "DATA\r\n";
}

// Whether `said` can be the reply to the command of `stage`, after those before it.
bool transaction::fits(client_stage stage, const reply& said) const {
    if (said.severity() == 2 && is_of_no_transaction(said.code)) return false;
    const bool nobody_taken = mail_refused_ || accepted_.empty();
    switch (stage) {
        case client_stage::mail:
            return said.severity() != 3;
        case client_stage::rcpt:
            return said.severity() != 3 && !(mail_refused_ && said.severity() == 2);
        case client_stage::data:
            // Nothing but 354 lets us send the message (C012). Without a recipient it is a mistake
            // that RFC 2920 describes; after a refused MAIL it belongs to another command.
            return said.severity() >= 4 || (said.code == go_ahead && !mail_refused_);
        case client_stage::eod:
            if (said.severity() == 2 && offers_.chunking && !nobody_taken)
                return !is_of_an_address(said);
            return said.severity() != 3;
        case client_stage::reset:
            break;
    }
    // A server that does not know RSET is unusual, but its replies are in step.
    return said.severity() == 2 || said.code == not_recognized || said.code == not_implemented;
}

void transaction::on_reply(reply said) {
    assert(!awaited_.empty());
    stage_ = awaited_.front();
    awaited_.pop_front();
    if (said.code == closing) {
        on_closing(stage_, said);
        return;
    }
    if (!fits(stage_, said)) {
        on_fault(stage_, false, std::move(said));
        return;
    }
    switch (stage_) {
        case client_stage::mail:
            on_mail(std::move(said));
            break;
        case client_stage::rcpt:
            on_rcpt(std::move(said));
            break;
        case client_stage::data:
            on_data(std::move(said));
            break;
        case client_stage::eod:
            on_end(std::move(said));
            break;
        case client_stage::reset:
            on_reset(said);
            break;
    }
}

// RFC 5321 3.8: the server closes. It has not taken what it has not acknowledged (C010).
void transaction::on_closing(client_stage stage, const reply& said) {
    if (stage != client_stage::reset) {
        forget_unproven_refusals();
        settle_all(stage, said);
    }
    end(false);
}

void transaction::on_mail(reply&& said) {
    if (said.severity() == 2) return;
    mail_refused_ = true;
    settle_all(client_stage::mail, said);
    after_commands();
}

void transaction::on_rcpt(reply&& said) {
    const auto index = answered_++;
    if (!mail_refused_) {
        auto& result = results_[index];
        result.stage = client_stage::rcpt;
        if (said.severity() == 2) {
            accepted_.push_back(index);
        } else {
            result.again_at_once = !accepted_.empty() && says_too_many_recipients(said);
            full_ = full_ || result.again_at_once;
            result.said = std::move(said);
            needs_reset_ = true;
        }
    }
    after_commands();
}

// Decides how to continue once all sent commands are answered.
void transaction::after_commands() {
    if (!awaited_.empty() || data_sent_) return;
    if (mail_refused_) {
        refused_without_proof();
        return;
    }
    if (full_)
        leave_the_rest(*std::ranges::find_if(results_, &recipient_result::again_at_once)->said);
    if (asked_ < mail_.recipients.size()) return;
    if (accepted_.empty()) {
        refused_without_proof();
    } else if (offers_.chunking) {
        phase_ = phase::body;
    }
}

// For recipients that were not sent yet: the server has said that it takes no more.
void transaction::leave_the_rest(const reply& said) {
    for (; asked_ < mail_.recipients.size(); ++asked_, ++answered_)
        results_[asked_] = {.stage = client_stage::rcpt, .said = said, .again_at_once = true};
}

void transaction::on_data(reply&& said) {
    if (said.code == go_ahead) {
        in_step_ = true;
        phase_ = accepted_.empty() ? phase::lone_dot : phase::body;
        return;
    }
    if (!mail_refused_) settle_accepted(client_stage::data, said);
    if (!accepted_.empty()) split_if_too_many(said);
    refused_without_proof();
}

// Some servers count the recipients only at DATA or at the end.
void transaction::split_if_too_many(const reply& said) {
    if (accepted_.size() < 2 || !names_too_many_recipients(said)) return;
    for (const auto index : accepted_)
        results_[index].again_at_once = true;
    all_too_many_ = true;
}

void transaction::on_body_sent() {
    end_sent_ = true;
    awaited_.push_back(client_stage::eod);
}

void transaction::on_chunk_refused(reply said) {
    if (said.code == closing) {
        on_closing(client_stage::data, said);
    } else if (said.severity() < 4) {
        on_fault(client_stage::data, false, std::move(said));
    } else {
        settle_accepted(client_stage::data, said);
        refused_without_proof();
    }
}

void transaction::on_early_reply(reply said) {
    if (said.severity() < 4) {
        on_fault(client_stage::data, true, std::move(said));
        return;
    }
    settle_accepted(client_stage::data, said);
    end(false);
}

// `next` has named the command that is about to be sent.
void transaction::on_unasked(reply said) {
    if (said.code == closing) {
        on_closing(stage_, said);
    } else {
        on_fault(stage_, true, std::move(said));
    }
}

void transaction::on_end(reply&& said) {
    if (phase_ == phase::lone_dot) {  // in any case nothing was sent
        needs_reset_ = true;
        end(true);
        return;
    }
    settle_accepted(client_stage::eod, said);
    if (said.severity() != 2) split_if_too_many(said);
    if (said.severity() != 2 && offers_.chunking) {
        refused_without_proof();
        return;
    }
    if (said.severity() != 2) needs_reset_ = true;
    end(true);
}

void transaction::on_reset(const reply& said) {
    needs_reset_ = false;
    end(said.severity() == 2);
}

// The server has not sent DATA's 354, which no other command has: RSET shows whether the replies
// are in step.
void transaction::refused_without_proof() {
    phase_ = phase::confirm;
}

// It is not known any more which commands the replies so far belong to.
void transaction::on_fault(client_stage stage, bool unasked, reply said) {
    for (auto& result : results_) {
        if (in_step_ && result.said) continue;
        const bool was_refused = result.said.has_value();
        auto at = stage == client_stage::reset || was_refused ? result.stage : stage;
        if (end_sent_ && !was_refused) at = client_stage::eod;
        result = {.stage = at};
    }
    fault_ = reply_fault{.stage = stage, .unasked = unasked, .said = std::move(said)};
    end(false);
}

void transaction::on_broken() {
    if (phase_ == phase::ended) return;
    if (stage_ == client_stage::reset) {  // every reply has come, and none contradicts it
        end(false);
        return;
    }
    if (!awaited_.empty()) stage_ = awaited_.front();
    forget_unproven_refusals();
    const auto stage = end_sent_ ? client_stage::eod : stage_;
    for (auto& result : results_) {
        if (!result.said) result.stage = stage;
    }
    end(false);
}

// A reply may be missing in a group that was not answered to its end: then a refusal may be that of
// the next recipient.
void transaction::forget_unproven_refusals() {
    if (phase_ != phase::commands) return;
    if (stage_ == client_stage::rcpt) cut_at_ = answered_;
    if (!offers_.pipelining || awaited_.empty()) return;
    for (auto i = group_began_; i < results_.size(); ++i) {
        refusals_forgotten_ = refusals_forgotten_ || (results_[i].said && !mail_refused_);
        results_[i] = {.stage = stage_};
    }
}

void transaction::settle_accepted(client_stage stage, const reply& said) {
    for (const auto index : accepted_) {
        results_[index].stage = stage;
        results_[index].said = said;
    }
}

// Settles all recipients without a final reply.
void transaction::settle_all(client_stage stage, const reply& said) {
    for (auto& result : results_) {
        if (result.said) continue;
        result.stage = stage;
        result.said = said;
    }
}

void transaction::end(bool usable) {
    phase_ = phase::ended;
    usable_ = usable;
    awaited_.clear();
}

}  // namespace kurir::smtp
