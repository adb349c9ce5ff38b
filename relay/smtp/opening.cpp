#include "relay/smtp/opening.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

#include "relay/base/text.hpp"

namespace kurir::smtp {

namespace {

constexpr int ready = 220;
constexpr int authenticated = 235;
constexpr int challenged = 334;

// Replies to HELP, the greeting and QUIT.
bool is_of_another_command(int code) {
    return code == 211 || code == 214 || code == ready || code == 221;
}

// The words of a line of the reply to EHLO, in upper case. Servers from before RFC 2554 write
// AUTH=LOGIN, and some write it beside AUTH LOGIN.
std::vector<std::string> words_of(std::string_view line) {
    constexpr std::string_view old_auth = "AUTH=";
    const auto upper = base::uppered(line);
    std::string_view rest = upper;
    std::vector<std::string> words;
    if (rest.starts_with(old_auth)) {
        words.emplace_back("AUTH");
        rest.remove_prefix(old_auth.size());
    }
    while (!rest.empty()) {
        const auto word = rest.substr(0, rest.find_first_of(" \t"));
        rest.remove_prefix(std::min(word.size() + 1, rest.size()));
        if (!word.empty()) words.emplace_back(word);
    }
    return words;
}

// What follows `keyword` in the reply to EHLO, on all its lines; nothing if it is missing. The
// first line is the greeting and holds no keyword.
std::optional<std::vector<std::string>> offered(const reply& ehlo, std::string_view keyword) {
    std::optional<std::vector<std::string>> found;
    for (std::size_t i = 1; i < ehlo.lines.size(); ++i) {
        const auto words = words_of(ehlo.lines[i]);
        if (words.empty() || words.front() != keyword) continue;
        if (!found) found.emplace();
        found->insert(found->end(), words.begin() + 1, words.end());
    }
    return found;
}

// A server from before 1995, or a firewall that makes it look like one.
bool knows_no_ehlo(int code) {
    return code >= 500 && code <= 504;
}

}  // namespace

opening::opening(opening_terms terms) : terms_(std::move(terms)) {
    if (terms_.encryption != opening_terms::tls::implicit) return;
    state_ = state::handshake;
    at_ = stage::tls;
}

opening::step opening::next() const {
    assert(!finished());
    switch (state_) {
        case state::ehlo:
            return {.todo = action::send, .bytes = "EHLO " + terms_.name + "\r\n"};
        case state::helo:
            return {.todo = action::send, .bytes = "HELO " + terms_.name + "\r\n"};
        case state::starttls:
            return {.todo = action::send, .bytes = "STARTTLS\r\n"};
        case state::handshake:
            return {.todo = action::start_tls};
        case state::auth:
        case state::challenge:
            return {.todo = action::send, .bytes = line_ + "\r\n"};
        case state::greeting:
            break;
    }
    return {.todo = action::await_greeting};
}

void opening::on_reply(reply said) {
    assert(!finished());
    switch (state_) {
        case state::greeting:
            return on_greeting(std::move(said));
        case state::ehlo:
        case state::helo:
            at_ = stage::hello;
            return on_hello(std::move(said));
        case state::starttls:
            return on_starttls(std::move(said));
        case state::auth:
        case state::challenge:
            return on_auth(std::move(said));
        case state::handshake:
            break;
    }
    refuse(std::move(said));
}

void opening::on_greeting(reply&& said) {
    if (said.code != ready) {
        refuse(std::move(said));
        return;
    }
    const auto& first = said.lines.front();
    session_.greeting_name = first.substr(0, first.find(' '));
    state_ = state::ehlo;
}

void opening::on_hello(reply&& said) {
    if (said.severity() == 2 && !is_of_another_command(said.code)) {
        // Under TLS nothing counts that was said before (RFC 3207 section 4.2).
        session_.offers = state_ == state::ehlo ? read_peer(said) : peer();
        session_.hello = std::move(said);
        after_hello();
    } else if (state_ == state::ehlo && !session_.secure && knows_no_ehlo(said.code)) {
        state_ = state::helo;
    } else {
        refuse(std::move(said));
    }
}

void opening::after_hello() {
    using tls = opening_terms::tls;
    const bool wanted = terms_.encryption != tls::never && !session_.secure;
    if (!session_.secure) auth_in_clear_ = offered(session_.hello, "AUTH").has_value();
    if (wanted && offered(session_.hello, "STARTTLS")) {
        at_ = stage::tls;
        state_ = state::starttls;
    } else if (wanted && terms_.encryption == tls::required) {
        at_ = stage::tls;
        outcome_ = security_failure::starttls_not_offered;
    } else {
        authenticate();
    }
}

void opening::on_starttls(reply&& said) {
    if (said.code == ready) {
        state_ = state::handshake;
    } else if (said.severity() >= 4 && terms_.encryption == opening_terms::tls::if_offered &&
               said.code != 421) {
        session_.starttls_refused = true;
        authenticate();
    } else {
        refuse(std::move(said));
    }
}

void opening::on_tls(bool agreed) {
    assert(state_ == state::handshake);
    if (!agreed) {
        outcome_ = security_failure::handshake_failed;
        return;
    }
    session_.secure = true;
    const bool greeted = terms_.encryption != opening_terms::tls::implicit;
    state_ = greeted ? state::ehlo : state::greeting;
    at_ = greeted ? stage::hello : stage::greeting;
}

void opening::authenticate() {
    if (!terms_.credential) {
        outcome_ = std::move(session_);
        return;
    }
    if (!session_.secure && !terms_.credential_in_clear) {
        outcome_ = security_failure::credential_in_clear;
        return;
    }
    const auto mechanisms = offered(session_.hello, "AUTH");
    if (!mechanisms) {
        outcome_ = why_no_auth();
        return;
    }
    const auto argument = terms_.credential->begin(*mechanisms);
    if (argument.empty()) {
        outcome_ = security_failure::no_known_mechanism;
        return;
    }
    at_ = stage::auth;
    line_ = "AUTH " + argument;
    state_ = state::auth;
}

security_failure opening::why_no_auth() const {
    if (session_.secure && auth_in_clear_) return security_failure::auth_only_in_clear;
    const bool by_tls = !session_.secure && offered(session_.hello, "STARTTLS");
    return by_tls ? security_failure::auth_only_under_tls : security_failure::auth_not_offered;
}

void opening::on_auth(reply&& said) {
    if (said.code == authenticated && line_ != "*" && terms_.credential->satisfied()) {
        outcome_ = std::move(session_);
    } else if (said.code == challenged && line_ != "*") {
        state_ = state::challenge;
        line_ = terms_.credential->answer(said.lines.front()).value_or("*");
    } else {
        refuse(std::move(said));
    }
}

void opening::on_unasked(reply said) {
    refuse(std::move(said));
}

void opening::refuse(reply&& said) {
    if (said.severity() >= 4) {
        outcome_ = refusal{.at = at_, .said = std::move(said)};
    } else {
        outcome_ = fault{.at = at_, .said = std::move(said)};
    }
}

}  // namespace kurir::smtp
