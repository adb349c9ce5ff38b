#include "relay/outbound/login_verdict.hpp"

#include "relay/base/text.hpp"
#include "relay/outbound/bounce_class.hpp"
#include "relay/outbound/printable.hpp"
#include "relay/outbound/throttling.hpp"

namespace kurir::outbound {

namespace {

constexpr int wrong_credential = 535;
constexpr int transition_needed = 432;  // with 4.7.12: RFC 4954 section 6
constexpr int mechanism_too_weak = 534;
constexpr int encryption_required = 538;
constexpr int authentication_required = 530;
constexpr smtp::enhanced_status token_trouble_status{4, 7, 0};

bool is_reply_to_login(const verdict& trouble) {
    return trouble.stage == stage::auth && trouble.cause == cause::reply;
}

bool is_without_token(const verdict& trouble) {
    return trouble.stage == stage::auth && trouble.cause == cause::auth &&
           trouble.status == token_trouble_status;
}

bool is_transition(const verdict& trouble) {
    return trouble.code == transition_needed && trouble.status.subject == 7;
}

// "535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant":
// no password is the right one.
bool is_switched_off(const verdict& trouble) {
    return trouble.code / 100 == 5 &&
           base::lowered(trouble.diagnostic).find("is disabled") != std::string::npos;
}

std::string check_credential(const std::string& variable, bool has_tokens) {
    if (has_tokens) {
        return "check that the token is for this user and for sending mail: " + variable +
               "_USERNAME, _OAUTH_SCOPE, and what the provider allows this client";
    }
    return "check " + variable + "_USERNAME and " + variable +
           "_PASSWORD; some providers want a password made for programs, or an API key";
}

std::string advice_on_reply(const verdict& trouble, const std::string& variable, bool has_tokens) {
    if (is_transition(trouble)) {
        return "the provider wants this account's password to be changed, or to be used once in "
               "clear text under TLS";
    }
    if (trouble.code / 100 == 4) {
        return is_about_amount(trouble.diagnostic)
                   ? "the provider limits logins or connections; Kurir makes fewer"
                   : "trouble of the provider; Kurir tries again by itself";
    }
    if (is_switched_off(trouble)) {
        return "the provider has switched this kind of login off for the account: switch it on "
               "there (Microsoft 365: Authenticated SMTP of the mailbox)" +
               std::string(
                   has_tokens ? "" : ", or use OAuth 2.0 (" + variable + "_OAUTH_TOKEN_URL)"
               );
    }
    switch (trouble.code) {
        case wrong_credential:
            return check_credential(variable, has_tokens);
        case mechanism_too_weak:
            return "the provider accepts no password of this kind: it wants one made for "
                   "programs, or OAuth 2.0 (" +
                   variable + "_OAUTH_TOKEN_URL)";
        case encryption_required:
        case authentication_required:
            return "the provider wants TLS before the login";
        default:
            return "the provider refuses the login for the reason that it names";
    }
}

}  // namespace

verdict judge_login(const smtp::reply& said) {
    auto result = judge(stage::auth, said);
    if (said.status) {
        result.status = {4, said.status.subject, said.status.detail};
    } else {
        result.status = {4, 7, std::uint16_t(said.code == wrong_credential ? 8 : 0)};
    }
    result.reason = classified(result.status, said.code, result.diagnostic);
    result.try_next_host = said.severity() == 4 && !is_transition(result);
    return result;
}

verdict no_token(const std::string& relayhost, const std::string& why) {
    verdict result{
        .outcome = outcome::deferred,
        .stage = stage::auth,
        .cause = cause::auth,
        .status = token_trouble_status,
        .diagnostic = printable("no token for the relayhost " + relayhost + ": " + why),
    };
    result.reason = classified(result.status, 0, result.diagnostic);
    return result;
}

bool is_of_login(const verdict& trouble) {
    return trouble.stage == stage::auth;
}

bool is_wrong_credential(const verdict& trouble) {
    return is_reply_to_login(trouble) && trouble.code == wrong_credential;
}

metrics::login_result result_of_login(const verdict& trouble) {
    using result = metrics::login_result;
    if (!is_reply_to_login(trouble)) {
        const bool broken = trouble.cause == cause::lost || trouble.cause == cause::timeout;
        return broken ? result::put_off : result::impossible;
    }
    return trouble.code / 100 == 5 || is_transition(trouble) ? result::refused : result::put_off;
}

std::string login_advice(const verdict& trouble, const std::string& variable, bool has_tokens) {
    if (is_reply_to_login(trouble)) return advice_on_reply(trouble, variable, has_tokens);
    if (trouble.cause == cause::tls) {
        return "without the TLS that is asked for there is no login; kurir relayhost check tries "
               "it step by step";
    }
    if (is_without_token(trouble)) {
        return "check " + variable +
               "_OAUTH_TOKEN_URL, _OAUTH_CLIENT_ID and its secret or refresh "
               "token; the line relayhost_token has what the token server said";
    }
    if (trouble.cause != cause::auth && trouble.cause != cause::protocol)
        return "Kurir tries again by itself";
    if (trouble.status.detail == 11) {
        return "use a port and a scheme with TLS; " + variable +
               "_AUTH_INSECURE=on logs in without it";
    }
    return "compare the host, the port and the kind of login with what the provider says";
}

}  // namespace kurir::outbound
