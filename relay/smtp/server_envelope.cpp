// MAIL and RCPT: who sends, who receives, and what is not taken before any data comes.
#include <array>
#include <string>

#include "relay/smtp/server_dialogue.hpp"
#include "relay/smtp/text.hpp"

namespace kurir::smtp {

namespace {

// Refused recipients beyond the limit, before each further one counts as an error.
constexpr std::size_t recipient_overshoot_max = 1000;

// Names and literals that mean the same host everywhere (RFC 6409 section 4.2).
bool is_qualified(const mailbox& address) noexcept {
    return address.domain.find('.') != std::string::npos || address.domain.front() == '[';
}

}  // namespace

void server_dialogue::on_mail(const command& said, const surroundings& now) {
    if (helo_.empty()) return fail(503, {5, 5, 1}, "Send EHLO first", reject_reason::bad_sequence);
    if (transaction_) {
        return fail(503, {5, 5, 1}, "A transaction is open", reject_reason::bad_sequence);
    }
    auto parsed = parse_mail_argument(said.argument);
    if (parsed.wrong != path_argument::problem::none) return refuse_path(parsed, true);

    server_transaction opened;
    if (!take_mail_parameters(parsed.parameters, opened)) return;
    const auto& address = parsed.address.address;
    if (address && address->utf8 && !opened.smtputf8) {
        return fail(553, {5, 6, 7}, "Address needs SMTPUTF8", reject_reason::sender_denied);
    }
    if (address && !is_qualified(*address)) {
        return fail(
            501, {5, 1, 7}, "Domain of the sender is not fully qualified", reject_reason::syntax
        );
    }
    const std::uint64_t size_max = settings_.message_size_max;
    if (size_max != 0 && opened.declared_size > size_max) return answer_refusal(refusal::too_big);
    if (now.queue == availability::full) return answer_refusal(refusal::store_full);
    if (now.queue == availability::unavailable) return answer_refusal(refusal::store_failed);

    if (trusted_) {
        if (const auto until = observer_.postpones(parsed.address)) return postpone(*until);
    }

    opened.reverse_path = std::move(parsed.address);
    transaction_ = std::move(opened);
    grant(250, {2, 1, 0}, "Ok");
}

// Before any data comes. A client that does not wait is ended like one that talks for nothing.
void server_dialogue::postpone(const postponement& until) {
    if (is_one_junk_too_many()) return;
    constexpr enhanced_status status{4, 7, 1};
    const std::string text = "Too many messages of " + std::string(until.whose) +
                             ", try again in " + std::to_string(until.wait.count()) + " s";
    say(450, status, text);
    report(450, status, reject_reason::rate_limited);
}

bool server_dialogue::take_mail_parameters(
    const std::vector<parameter>& parameters, server_transaction& into
) {
    if (!extended_ && !parameters.empty()) {
        fail(555, {5, 5, 4}, "Parameters need EHLO", reject_reason::parameter);
        return false;
    }
    unsigned seen = 0;
    for (const auto& given : parameters) {
        if (!take_mail_parameter(given, into, seen)) return false;
    }
    return true;
}

// `seen` has a bit for each parameter that came: none may come twice.
bool server_dialogue::take_mail_parameter(
    const parameter& given, server_transaction& into, unsigned& seen
) {
    constexpr std::array<std::string_view, 3> known = {"SIZE", "BODY", "SMTPUTF8"};
    std::size_t which = 0;
    while (which < known.size() && !equal_ignoring_case(given.keyword, known[which]))
        ++which;
    const auto bad_value = [&] {
        fail(501, {5, 5, 4}, "Bad value of a parameter", reject_reason::parameter);
        return false;
    };
    if (which == known.size()) {
        fail(555, {5, 5, 4}, "Unknown parameter", reject_reason::parameter);
        return false;
    }
    const unsigned bit = 1U << which;
    if ((std::exchange(seen, seen | bit) & bit) != 0) return bad_value();

    const std::string_view value = given.value.value_or("");
    if (which == 0) {
        const auto size = parse_size(value);
        if (!size) return bad_value();
        into.declared_size = *size;
    } else if (which == 1) {
        if (equal_ignoring_case(value, "BINARYMIME")) {  // RFC 3030: not offered
            fail(555, {5, 5, 4}, "BINARYMIME is not offered", reject_reason::parameter);
            return false;
        }
        if (!equal_ignoring_case(value, "7BIT") && !equal_ignoring_case(value, "8BITMIME")) {
            return bad_value();
        }
    } else {
        if (given.value) return bad_value();
        into.smtputf8 = true;
    }
    return true;
}

void server_dialogue::on_rcpt(const command& said) {
    if (!transaction_ || decoder_ || chunks_failed_) {
        return fail(503, {5, 5, 1}, "Send MAIL first", reject_reason::bad_sequence);
    }
    // Before the path is looked at: whatever an untrusted client writes, the answer is the same.
    if (!trusted_) {
        return fail(550, {5, 7, 1}, "Relay access denied", reject_reason::relay_denied);
    }
    auto parsed = parse_rcpt_argument(said.argument);
    if (parsed.wrong != path_argument::problem::none) return refuse_path(parsed, false);
    if (!parsed.parameters.empty()) {
        return fail(555, {5, 5, 4}, "Unknown parameter", reject_reason::parameter);
    }
    if (parsed.address.postmaster) parsed.address.address = settings_.postmaster;
    if (!parsed.address.address) {
        return fail(550, {5, 1, 1}, "No such user here", reject_reason::recipient_invalid);
    }
    mailbox& address = *parsed.address.address;
    if (address.utf8 && !transaction_->smtputf8) {
        return fail(553, {5, 6, 7}, "Address needs SMTPUTF8", reject_reason::recipient_invalid);
    }
    if (!is_qualified(address)) {
        return fail(
            501, {5, 1, 3}, "Domain is not fully qualified", reject_reason::recipient_invalid
        );
    }
    // Not 552: what was accepted stays, the client sends the rest later (RFC 5321 4.5.3.1.10).
    const std::size_t count = transaction_->recipients.size() + transaction_->refused_recipients;
    if (transaction_->recipients.size() >= settings_.recipients_max) {
        ++transaction_->refused_recipients;
        if (count >= settings_.recipients_max + recipient_overshoot_max) ++errors_;
        if (errors_ > settings_.errors_max) {
            return close_after(
                421, {4, 7, 0}, "Too many errors, closing", reject_reason::too_many_errors
            );
        }
        say(452, {4, 5, 3}, "Too many recipients");
        return report(452, {4, 5, 3}, reject_reason::too_many_recipients);
    }
    transaction_->recipients.push_back(std::move(address));
    grant(250, {2, 1, 5}, "Ok");
}

void server_dialogue::refuse_path(const path_argument& parsed, bool reverse) {
    const enhanced_status bad_address =
        reverse ? enhanced_status{5, 1, 7} : enhanced_status{5, 1, 3};
    const reject_reason reason = reverse ? reject_reason::syntax : reject_reason::recipient_invalid;
    switch (parsed.wrong) {
        case path_argument::problem::path:
            if (parsed.path_error == address_error::too_long) {
                return fail(501, bad_address, "Address is too long", reason);
            }
            if (parsed.path_error == address_error::unqualified) {
                return fail(501, bad_address, "Address needs a domain", reason);
            }
            return fail(501, bad_address, "Bad address", reason);
        case path_argument::problem::parameter:
            return fail(501, {5, 5, 4}, "Bad parameter", reject_reason::parameter);
        default:
            return fail(
                501,
                {5, 5, 4},
                reverse ? "Syntax: MAIL FROM:<address>" : "Syntax: RCPT TO:<address>",
                reject_reason::syntax
            );
    }
}

}  // namespace kurir::smtp
