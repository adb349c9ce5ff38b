#include "relay/smtp/transaction.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

namespace kurir::smtp {

namespace {

// RFC 2920 sets no limit. This many replies fit any socket buffer, so that neither side blocks
// (C027).
constexpr std::size_t group_max = 100;

constexpr int too_many_recipients = 452;
constexpr int too_many_recipients_821 = 552;  // what RFC 821 said for it (RFC 5321 4.5.3.1.10)
constexpr int closing = 421;

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

transaction::step transaction::next() {
    if (!awaited_.empty()) {
        const auto stage = static_cast<client_stage>(awaited_.front());
        return {.what = action::await_reply, .stage = stage};
    }
    switch (phase_) {
        case phase::commands: {
            auto bytes = offers_.pipelining ? next_group() : next_alone();
            return {.what = action::send, .bytes = std::move(bytes)};
        }
        case phase::body:
            return {.what = offers_.chunking ? action::send_bdat : action::send_data};
        case phase::lone_dot:
            // DATA was answered 354 although no recipient was taken: end it at once (C026).
            awaited_.push_back(awaited::eod);
            return {.what = action::send, .bytes = ".\r\n"};
        case phase::ended:
            break;
    }
    return {};
}

std::string transaction::next_group() {
    std::string bytes;
    if (!std::exchange(mail_sent_, true)) {
        bytes = mail_command();
        awaited_.push_back(awaited::mail);
    }
    const auto last = std::min(mail_.recipients.size(), asked_ + group_max);
    for (; asked_ < last; ++asked_) {
        bytes += "RCPT TO:<" + mail_.recipients[asked_] + ">\r\n";
        awaited_.push_back(awaited::rcpt);
    }
    if (asked_ == mail_.recipients.size() && !offers_.chunking) {
        bytes += "DATA\r\n";
        data_sent_ = true;
        awaited_.push_back(awaited::data);
    }
    return bytes;
}

std::string transaction::next_alone() {
    if (!std::exchange(mail_sent_, true)) {
        awaited_.push_back(awaited::mail);
        return mail_command();
    }
    if (asked_ < mail_.recipients.size()) {
        awaited_.push_back(awaited::rcpt);
        return "RCPT TO:<" + mail_.recipients[asked_++] + ">\r\n";
    }
    data_sent_ = true;
    awaited_.push_back(awaited::data);
    return "DATA\r\n";
}

void transaction::on_reply(reply said) {
    assert(!awaited_.empty());
    const auto what = awaited_.front();
    awaited_.pop_front();
    if (said.code == closing) {
        // RFC 5321 3.8: the server closes. What it has not acknowledged, it has not got (C010).
        settle_all(static_cast<client_stage>(what), said);
        end(false);
        return;
    }
    switch (what) {
        case awaited::mail:
            on_mail(std::move(said));
            break;
        case awaited::rcpt:
            on_rcpt(std::move(said));
            break;
        case awaited::data:
            on_data(std::move(said));
            break;
        case awaited::eod:
            on_end(std::move(said));
            break;
    }
}

void transaction::on_mail(reply&& said) {
    if (said.severity() == 3) {
        on_broken();
        return;
    }
    if (said.severity() == 2) return;
    mail_refused_ = true;
    settle_all(client_stage::mail, said);
    after_commands();
}

void transaction::on_rcpt(reply&& said) {
    if (said.severity() == 3) {
        on_broken();
        return;
    }
    const auto which = answered_++;
    if (!mail_refused_) {
        auto& result = results_[which];
        result.stage = client_stage::rcpt;
        if (said.severity() == 2) {
            accepted_.push_back(which);
        } else {
            const bool full =
                said.code == too_many_recipients || said.code == too_many_recipients_821;
            result.again_at_once = full && !accepted_.empty();
            result.said = std::move(said);
            needs_reset_ = true;
        }
    }
    after_commands();
}

// Decides, once all commands that are out were answered, how it goes on.
void transaction::after_commands() {
    if (!awaited_.empty() || data_sent_) return;
    if (mail_refused_) {
        end(true);
        return;
    }
    if (asked_ < mail_.recipients.size()) return;
    if (accepted_.empty()) {
        needs_reset_ = true;
        end(true);
    } else if (offers_.chunking) {
        phase_ = phase::body;
    }
}

void transaction::on_data(reply&& said) {
    if (said.code == 354) {
        phase_ = accepted_.empty() ? phase::lone_dot : phase::body;
        return;
    }
    if (said.severity() < 4) {  // nothing but 354 lets us send the message (C012)
        on_broken();
        return;
    }
    settle_accepted(client_stage::data, said);
    needs_reset_ = true;
    end(true);
}

void transaction::on_body_sent() {
    end_sent_ = true;
    awaited_.push_back(awaited::eod);
}

void transaction::on_chunk_refused(reply said) {
    if (said.severity() == 3) {
        on_broken();
        return;
    }
    settle_accepted(client_stage::data, said);
    needs_reset_ = true;
    end(said.code != closing);
}

void transaction::on_end(reply&& said) {
    if (phase_ == phase::lone_dot) {  // whatever it says, nothing was sent
        end(said.severity() != 3);
        return;
    }
    if (said.severity() == 3) {
        on_broken();
        return;
    }
    settle_accepted(client_stage::eod, said);
    if (said.severity() != 2) needs_reset_ = true;
    end(true);
}

void transaction::on_broken() {
    const auto stage = end_sent_               ? client_stage::eod
                       : phase_ == phase::body ? client_stage::data
                       : awaited_.empty()      ? client_stage::mail
                                               : static_cast<client_stage>(awaited_.front());
    for (auto& result : results_) {
        if (!result.said) result.stage = stage;
    }
    end(false);
}

void transaction::settle_accepted(client_stage stage, const reply& said) {
    for (const auto which : accepted_) {
        results_[which].stage = stage;
        results_[which].said = said;
    }
}

// Everybody to whom nothing final was said yet.
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
