// AUTH, and the lines that follow it (RFC 4954).
#include <algorithm>
#include <cassert>
#include <utility>

#include "relay/base/text.hpp"
#include "relay/smtp/server_dialogue.hpp"

namespace kurir::smtp {

namespace {

// RFC 4954 section 4: of AUTH, and of each response.
constexpr std::size_t login_line_max = 12288;

constexpr std::size_t mechanism_size_max = 20;  // RFC 4422 section 3.1

bool is_mechanism(std::string_view text) {
    return !text.empty() && text.size() <= mechanism_size_max &&
           std::ranges::all_of(text, [](char c) {
               return base::is_alphanumeric(c) || c == '-' || c == '_';
           });
}

bool begins_auth(std::string_view line) {
    constexpr std::string_view word = "AUTH";
    return base::starts_ignoring_case(line, word) && line.size() > word.size() &&
           base::is_blank(line[word.size()]);
}

}  // namespace

void server_dialogue::offer_login(login_policy policy) {
    assert(phase_ == phase::greeting);
    login_policy_ = policy;
}

// The longest command line that begins like this, with its line end.
std::size_t server_dialogue::limit_of(std::string_view line) const noexcept {
    const bool login = login_policy_ != login_policy::off && begins_auth(line);
    return phase_ == phase::responding || login ? login_line_max : command_line_max;
}

// What can succeed now.
std::vector<std::string_view> server_dialogue::offered_mechanisms() {
    if (login_policy_ == login_policy::off || logged_in_) return {};
    return observer_.mechanisms(security_ == security::active);
}

server_dialogue::event server_dialogue::on_auth(const command& command) {
    secret_ = true;
    if (login_policy_ == login_policy::off) {
        fail(502, {5, 5, 1}, "Authentication is not offered", reject_reason::auth_not_offered);
    } else if (logged_in_) {
        fail(503, {5, 5, 1}, "You are logged in already", reject_reason::bad_sequence);
    } else if (transaction_) {
        fail(503, {5, 5, 1}, "A transaction is open", reject_reason::bad_sequence);
    } else if (!extended_) {
        fail(503, {5, 5, 1}, "Send EHLO first", reject_reason::bad_sequence);
    } else {
        const auto name = command.argument.substr(0, command.argument.find_first_of(" \t"));
        const auto initial = base::trimmed(command.argument.substr(name.size()));
        if (!is_mechanism(name) || initial.find_first_of(" \t") != initial.npos) {
            fail(501, {5, 5, 4}, "Syntax: AUTH mechanism [response]", reject_reason::syntax);
        } else if (is_mechanism_possible(name)) {
            mechanism_ = base::uppered(name);
            phase_ = phase::authenticating;
            initial_response_ = initial;
            return event::begin_login;
        }
    }
    return event::proceed;
}

// False if it refused the mechanism.
bool server_dialogue::is_mechanism_possible(std::string_view name) {
    const auto has = [name](const std::vector<std::string_view>& offered) {
        return std::ranges::any_of(offered, [name](std::string_view each) {
            return base::equal_ignoring_case(each, name);
        });
    };
    if (has(offered_mechanisms())) return true;
    if (security_ != security::active && has(observer_.mechanisms(true))) {
        fail(
            538,
            {5, 7, 11},
            "Encryption is required for this mechanism",
            reject_reason::tls_required
        );
    } else {
        fail(504, {5, 5, 4}, "Mechanism is not offered", reject_reason::parameter);
    }
    return false;
}

// The client's answer to a challenge: a line that is no command, whatever it looks like.
server_dialogue::step server_dialogue::read_response(std::string_view input) {
    verb_ = verb::auth;
    word_ = row_of(verb::auth).word;
    argument_ = {};
    const std::size_t newline = input.find('\n');
    if (newline == std::string_view::npos) return read_endless_line(input);

    step done;
    done.consumed = newline + 1;
    line_max_ = command_line_max;
    std::string_view line = input.substr(0, newline);
    if (std::exchange(line_dropped_, 0) + done.consumed > login_line_max) {
        give_up_login(500, {5, 5, 6}, "Line too long", reject_reason::auth_malformed);
        done.kind = event::cancel_login;
    } else if (line.empty() || line.back() != '\r') {
        give_up_login(
            500, {5, 5, 2}, "Bare LF: lines end with CRLF", reject_reason::auth_malformed
        );
        done.kind = event::cancel_login;
    } else if (line == "*\r") {
        give_up_login(501, {5, 7, 0}, "Login cancelled", reject_reason::auth_cancelled);
        done.kind = event::cancel_login;
    } else {
        line.remove_suffix(1);
        phase_ = phase::authenticating;
        done.kind = event::login_response;
        done.bytes = line;
    }
    return done;
}

// What follows may be passwords still: they are not reported.
void server_dialogue::give_up_login(
    int code, enhanced_status status, std::string_view text, reject_reason reason
) {
    phase_ = phase::command;
    secret_ = true;
    fail(code, status, text, reason);
}

void server_dialogue::challenge(std::string_view text) {
    assert(phase_ == phase::authenticating);
    phase_ = phase::responding;
    grant(334, {}, text);
}

void server_dialogue::logged_in(client_rights rights) {
    assert(phase_ == phase::authenticating);
    phase_ = phase::command;
    logged_in_ = true;
    secret_ = false;
    rights_ = rights;
    ++progress_;
    grant(235, {2, 7, 0}, "Authentication succeeded");
}

void server_dialogue::refuse_login(login_refusal reason) {
    assert(phase_ == phase::authenticating);
    phase_ = phase::command;
    verb_ = verb::auth;
    switch (reason) {
        case login_refusal::wrong:
            return fail(
                535, {5, 7, 8}, "Authentication credentials invalid", reject_reason::auth_failed
            );
        case login_refusal::malformed:
            return give_up_login(
                501, {5, 5, 2}, "Not a response of this mechanism", reject_reason::auth_malformed
            );
        case login_refusal::busy:
            if (is_one_too_many(junk_)) return;
            say(454, {4, 7, 0}, "Too many logins at a time, try again");
            return report(454, {4, 7, 0}, reject_reason::auth_busy);
        case login_refusal::unavailable:
            if (is_one_too_many(junk_)) return;
            say(454, {4, 7, 0}, "Temporary authentication failure, try again");
            return report(454, {4, 7, 0}, reject_reason::auth_unavailable);
        case login_refusal::shut:
            return close_after(
                421, {4, 7, 0}, "Too many failed logins, try later", reject_reason::too_many_logins
            );
    }
}

}  // namespace kurir::smtp
