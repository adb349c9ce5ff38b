// MAIL and RCPT: the sender, the recipients, and refusals before any data comes.
#include <algorithm>
#include <string>

#include "relay/base/text.hpp"
#include "relay/smtp/local_domain.hpp"
#include "relay/smtp/parameters.hpp"
#include "relay/smtp/server_dialogue.hpp"

namespace kurir::smtp {

namespace {

constexpr enhanced_status bad_parameter{5, 5, 4};

// Each parameter may come once.
bool has_repeated(const std::vector<parameter>& parameters) {
    for (auto at = parameters.begin(); at != parameters.end(); ++at) {
        const bool again = std::any_of(parameters.begin(), at, [&](const parameter& earlier) {
            return base::equal_ignoring_case(earlier.keyword, at->keyword);
        });
        if (again) return true;
    }
    return false;
}

std::string_view text_for(const path_argument& parsed) noexcept {
    switch (parsed.path_error) {
        case address_error::too_long:
            return "Address is too long";
        case address_error::unqualified:
            return "Address needs a domain";
        default:
            return "Bad address";
    }
}

}  // namespace

void server_dialogue::on_mail(const command& command, const surroundings& surroundings) {
    if (helo_.empty()) return fail(503, {5, 5, 1}, "Send EHLO first", reject_reason::bad_sequence);
    if (transaction_) {
        return fail(503, {5, 5, 1}, "A transaction is open", reject_reason::bad_sequence);
    }
    if (login_policy_ == login_policy::require && !rights_.has_credential) {
        return fail(530, {5, 7, 0}, "Log in first", reject_reason::auth_required);
    }
    auto parsed = parse_mail_argument(command.argument, rules());
    if (parsed.wrong != path_argument::problem::none) return refuse_sender(parsed);

    server_transaction opened;
    if (!take_mail_parameters(parsed.parameters, opened)) return;
    const auto& address = parsed.address.address;
    if (address && address->utf8 && !opened.smtputf8) {
        if (!trusted()) {
            return fail(553, {5, 6, 7}, "Address needs SMTPUTF8", reject_reason::sender_denied);
        }
        opened.smtputf8 = true;
    }
    if (!complete_sender(parsed.address)) return;
    const std::uint64_t size_max = settings_.message_size_max;
    if (size_max != 0 && opened.declared_size > size_max) return answer_refusal(refusal::too_big);
    if (surroundings.queue != availability::open) {
        const bool full = surroundings.queue == availability::full;
        if (is_one_too_many(junk_)) return;
        return answer_refusal(full ? refusal::store_full : refusal::store_failed);
    }

    if (trusted()) {
        opened.reverse_path = parsed.address;
        if (const auto denied = observer_.denies(opened)) return deny(*denied);
        if (const auto wait = observer_.postpones(parsed.address)) return postpone(*wait);
    }

    opened.reverse_path = std::move(parsed.address);
    transaction_ = std::move(opened);
    grant(250, {2, 1, 0}, "Ok");
}

// Never relays an address that is not fully qualified (RFC 6409 section 4.2). False if it refused
// the sender.
bool server_dialogue::complete_sender(path& sender) {
    if (!sender.address || is_full_domain(sender.address->domain)) return true;
    auto& domain = sender.address->domain;
    const std::string_view text =
        domain.empty() ? "Address needs a domain" : "Domain of the sender is not fully qualified";
    domain = full_domain(
        domain, trusted() ? std::string_view(settings_.local_domain) : "", address_role::sender
    );
    if (!domain.empty()) return true;
    fail(501, {5, 1, 7}, text, reject_reason::sender_unqualified);
    return false;
}

// The same for a recipient; mail to <Postmaster> and <root> goes to the configured postmaster.
bool server_dialogue::complete_recipient(path& recipient) {
    auto& address = recipient.address;
    if (recipient.postmaster) address = settings_.postmaster;
    if (!address) {
        refuse_recipient(550, {5, 1, 1}, "No such user here", reject_reason::no_postmaster);
        return false;
    }
    if (is_full_domain(address->domain)) return true;
    const std::string_view text =
        address->domain.empty() ? "Address needs a domain" : "Domain is not fully qualified";
    auto domain = full_domain(address->domain, settings_.local_domain, address_role::recipient);
    const bool root = base::equal_ignoring_case(address->local_part, "root");
    if (domain.empty() && root && settings_.postmaster) {
        address = settings_.postmaster;
        return true;
    }
    address->domain = std::move(domain);
    if (!address->domain.empty()) return true;
    refuse_recipient(501, {5, 1, 3}, text, reject_reason::recipient_unqualified);
    return false;
}

// Refuses before any data comes. The session of a client that does not wait is ended like one
// without progress.
void server_dialogue::postpone(const postponement& postponement) {
    const auto& [code, status, text, reason] = postponement;
    if (code == 421) return close_after(code, status, text, reason);
    if (is_one_too_many(junk_)) return;
    say(code, status, text);
    report(code, status, reason);
}

// Refuses a sender: for ever like a mistake, or for now like one that has to wait.
void server_dialogue::deny(const denial& denial) {
    const auto& answer = denial.answer;
    if (answer.code >= 500) return fail(answer.code, answer.status, answer.joined(), denial.reason);
    if (is_one_too_many(junk_)) return;
    say(answer.code, answer.status, answer.joined());
    report(answer.code, answer.status, denial.reason);
}

bool server_dialogue::take_mail_parameters(
    const std::vector<parameter>& parameters, server_transaction& transaction
) {
    const auto refuse = [&](int code, std::string_view text) {
        fail(code, bad_parameter, text, reject_reason::parameter);
        return false;
    };
    if (!extended_ && !trusted() && !parameters.empty()) return refuse(555, "Parameters need EHLO");
    if (has_repeated(parameters)) return refuse(501, "A parameter came twice");
    for (const auto& given : parameters) {
        const bool of_login =
            login_policy_ != login_policy::off && base::equal_ignoring_case(given.keyword, "AUTH");
        const auto grammar = of_login ? grammar::liberal : rules();
        const auto check = take_mail_parameter(given, grammar, transaction);
        if (check == parameter_check::binary) return refuse(555, "BINARYMIME is not offered");
        if (check == parameter_check::unknown) return refuse(555, "Unknown parameter");
        if (check == parameter_check::bad_value) return refuse(501, "Bad value of a parameter");
    }
    if (!extended_) transaction.smtputf8 = false;  // only announced: the addresses decide
    return true;
}

bool server_dialogue::take_rcpt_parameters(const std::vector<parameter>& parameters) {
    const auto refuse = [&](int code, std::string_view text) {
        refuse_recipient(code, bad_parameter, text, reject_reason::parameter);
        return false;
    };
    if (has_repeated(parameters)) return refuse(501, "A parameter came twice");
    for (const auto& given : parameters) {
        const auto check = take_rcpt_parameter(given, rules());
        if (check == parameter_check::unknown) return refuse(555, "Unknown parameter");
        if (check == parameter_check::bad_value) return refuse(501, "Bad value of a parameter");
    }
    return true;
}

void server_dialogue::on_rcpt(const command& command) {
    if (!transaction_ || framing_.begun() || framing_.failed()) {
        return fail(503, {5, 5, 1}, "Send MAIL first", reject_reason::bad_sequence);
    }
    // This comes before the path is parsed: an untrusted client gets the same answer for every
    // path.
    if (!rights_.may_relay) {
        return fail(550, {5, 7, 1}, "Relay access denied", reject_reason::relay_denied);
    }
    auto parsed = parse_rcpt_argument(command.argument, rules());
    if (parsed.wrong != path_argument::problem::none) return refuse_recipient_path(parsed);
    if (!take_rcpt_parameters(parsed.parameters)) return;
    if (!complete_recipient(parsed.address)) return;
    take_recipient(std::move(*parsed.address.address));
}

void server_dialogue::take_recipient(mailbox address) {
    // Not 552: the accepted recipients stay, and the client sends the rest later (RFC 5321
    // 4.5.3.1.10).
    if (transaction_->recipients.size() >= settings_.recipients_max) {
        ++transaction_->refused_recipients;
        if (is_endless_list()) return;
        say(452, {4, 5, 3}, "Too many recipients");
        return report(452, {4, 5, 3}, reject_reason::too_many_recipients);
    }
    if (const auto refusal = observer_.refuses(transaction_->reverse_path, address)) {
        const auto& answer = refusal->answer;
        return refuse_recipient(answer.code, answer.status, answer.joined(), refusal->reason);
    }
    const auto moved = observer_.moved(address);
    if (moved && !moved->forwarded) {
        return refuse_recipient(551, {5, 1, 6}, moved_text(*moved), reject_reason::moved);
    }
    if (address.utf8) transaction_->smtputf8 = true;
    transaction_->recipients.push_back(std::move(address));
    if (moved) return grant(251, {2, 1, 5}, moved_text(*moved));
    grant(250, {2, 1, 5}, "Ok");
}

// As RFC 5321 section 4.2.2 has it. An address that is not ASCII is told only to a client that
// understands it (RFC 6531 section 3.5).
std::string server_dialogue::moved_text(const moved_recipient& moved) const {
    const std::string text = moved.forwarded ? "User not local; will forward" : "User not local";
    const auto address = moved.address.text();
    const bool understood = transaction_ && transaction_->smtputf8;
    if (base::has_high(address) && !understood) return text;
    return text + (moved.forwarded ? " to <" : "; please try <") + address + '>';
}

void server_dialogue::refuse_sender(const path_argument& parsed) {
    switch (parsed.wrong) {
        case path_argument::problem::path:
            return fail(501, {5, 1, 7}, text_for(parsed), reject_reason::syntax);
        case path_argument::problem::parameter:
            return fail(501, bad_parameter, "Bad parameter", reject_reason::parameter);
        default:
            return fail(501, {5, 5, 4}, "Syntax: MAIL FROM:<address>", reject_reason::syntax);
    }
}

void server_dialogue::refuse_recipient_path(const path_argument& parsed) {
    constexpr auto invalid = reject_reason::recipient_invalid;
    switch (parsed.wrong) {
        case path_argument::problem::path:
            return refuse_recipient(501, {5, 1, 3}, text_for(parsed), invalid);
        case path_argument::problem::parameter:
            return refuse_recipient(501, bad_parameter, "Bad parameter", reject_reason::parameter);
        default:
            return refuse_recipient(
                501, {5, 5, 4}, "Syntax: RCPT TO:<address>", reject_reason::syntax
            );
    }
}

}  // namespace kurir::smtp
