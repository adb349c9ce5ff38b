#include "relay/outbound/reply_meaning.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "relay/base/text.hpp"
#include "relay/smtp/too_many_recipients.hpp"

namespace kurir::outbound {

namespace {

constexpr int storage_exceeded = 552;  // or, of RFC 821, too many recipients
constexpr int takes_no_mail = 521;     // RFC 7504: this host
constexpr int domain_takes_no_mail = 556;

bool contains(std::string_view text, std::string_view word) {
    return text.find(word) != std::string_view::npos;
}

template <std::size_t Count>
bool any(const std::array<std::string_view, Count>& words, const smtp::reply& said) {
    const auto text = base::lowered(said.joined());
    return std::ranges::any_of(words, [&](std::string_view each) { return contains(text, each); });
}

constexpr std::array<std::string_view, 6> credentials{
    "authenticat",
    "auth required",
    "starttls",
    "must issue",
    "encryption required",
    "login required",
};
constexpr std::array<std::string_view, 4> full{
    "quota",
    "mailbox full",
    "mailbox is full",
    "storage allocation",
};
// What Google, Microsoft 365, Exchange and their kin write when a customer has sent enough for the
// day.
constexpr std::array<std::string_view, 8> sending_quota{
    "daily user sending",
    "daily smtp relay",
    "daily sending",
    "daily limit",
    "sending limit",
    "sending quota",
    "submission quota",
    "submissionquota",
};
constexpr std::array<std::string_view, 5> no_mail{
    "not accept mail",
    "no mail service",
    "not accepting mail",
    "not a mail server",
    "no smtp service",
};

bool is_before_mail(stage stage) {
    return is_of_session(stage) || stage == stage::mail;
}

// Credentials or TLS that the server wants. Bouncing everything for them would lose mail over a
// mistake that is soon mended (C037).
bool wants_credentials(stage stage, const smtp::reply& said) {
    const bool may = said.code == 530 || said.code == 534 || said.code == 535 || said.code == 538;
    if (!may) return false;
    if (is_before_mail(stage) || said.status.subject == 7) return true;
    return stage != stage::eod && any(credentials, said);
}

bool is_full_mailbox(const smtp::reply& said) {
    if (said.status) return said.status.subject == 2 && said.status.detail == 2;
    return said.code == storage_exceeded && any(full, said);
}

// 552 to RCPT that does not say what it means.
bool is_vague_552(stage stage, const smtp::reply& said) {
    if (stage != stage::rcpt || said.code != storage_exceeded) return false;
    if (smtp::names_too_many_recipients(said)) return true;
    const auto& status = said.status;
    const bool too_large = status.subject == 3 && status.detail == 4;
    const bool says_nothing = status.subject == 0 || status.subject == 3 || status.subject == 5;
    return says_nothing && !too_large && !any(full, said);
}

// We have sent enough, which is over tomorrow: a bounce would be for nothing that is wrong with the
// message, nor with its recipient.
bool is_sending_quota(const smtp::reply& said) {
    const bool may = said.code == 550 || said.code == 552 || said.code == 554;
    return may && any(sending_quota, said);
}

// A host that takes no mail at all, and does not say it of us alone.
bool never_takes_mail(const smtp::reply& said) {
    const bool may = said.code == takes_no_mail || said.code == domain_takes_no_mail;
    if (!may || said.status.subject == 7) return false;
    const auto& status = said.status;
    const bool by_status =
        (status.subject == 3 && status.detail == 2) || (status.subject == 1 && status.detail == 10);
    return by_status || any(no_mail, said);
}

}  // namespace

outcome meaning_of(stage stage, const smtp::reply& said, full_mailbox when_full) {
    if (said.severity() == 2) return outcome::delivered;
    if (said.severity() == 4) return outcome::deferred;
    if (stage == stage::auth) return outcome::deferred;
    if (is_of_session(stage)) return never_takes_mail(said) ? outcome::failed : outcome::deferred;
    if (wants_credentials(stage, said) || is_vague_552(stage, said)) return outcome::deferred;
    if (is_sending_quota(said)) return outcome::deferred;
    const bool waits = when_full == full_mailbox::waits && is_full_mailbox(said);
    return waits ? outcome::deferred : outcome::failed;
}

bool is_word_of_provider(stage stage, const smtp::reply& said) {
    return stage == stage::banner && said.status.subject == 7;
}

}  // namespace kurir::outbound
