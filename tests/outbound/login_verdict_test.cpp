// What a failed login means for mail, and that another server is not asked with a wrong password.
#include "relay/outbound/login_verdict.hpp"

#include "relay/outbound/logins.hpp"
#include "relay/outbound/router.hpp"
#include "relay/smtp/opening.hpp"
#include "tests/support/catch.hpp"

using namespace kurir;
using namespace kurir::outbound;
using Catch::Matchers::ContainsSubstring;

namespace {

verdict login_verdict(int code, smtp::enhanced_status status = {}) {
    return judge_login({.code = code, .status = status, .lines = {"some words"}});
}

}  // namespace

TEST_CASE("C037 nothing that is said to a login bounces", "[outbound][login]") {
    for (int code = 400; code < 600; ++code) {
        CAPTURE(code);
        for (const auto& status : {smtp::enhanced_status{}, {5, 7, 8}, {4, 7, 0}, {5, 1, 1}}) {
            const auto result = login_verdict(code, status);
            CHECK(result.outcome == outcome::deferred);
            CHECK(result.status.klass == 4);
            CHECK(result.stage == stage::auth);
            CHECK(result.said_by_remote);
            CHECK(is_of_login(result));
        }
    }
    CHECK(login_verdict(535).status == smtp::enhanced_status{4, 7, 8});
    CHECK(login_verdict(535, {5, 7, 139}).status == smtp::enhanced_status{4, 7, 139});
    CHECK(login_verdict(454).status == smtp::enhanced_status{4, 7, 0});
}

TEST_CASE("a wrong password is not shown to the next server", "[outbound][login]") {
    CHECK_FALSE(login_verdict(535, {5, 7, 8}).try_next_host);
    CHECK_FALSE(login_verdict(534, {5, 7, 9}).try_next_host);
    CHECK_FALSE(login_verdict(432, {4, 7, 12}).try_next_host);
    CHECK(login_verdict(454, {4, 7, 0}).try_next_host);
    CHECK(login_verdict(421, {4, 3, 2}).try_next_host);
    CHECK_FALSE(no_token("ses", "x").try_next_host);
    CHECK(no_token("ses", "x").outcome == outcome::deferred);
}

TEST_CASE("only 535 says that a token is no good", "[outbound][login]") {
    CHECK(is_wrong_credential(login_verdict(535)));
    CHECK_FALSE(is_wrong_credential(login_verdict(534)));
    CHECK_FALSE(is_wrong_credential(login_verdict(454)));
    CHECK_FALSE(is_wrong_credential(judge(stage::mail, {.code = 535, .status = {}, .lines = {"x"}}))
    );
}

TEST_CASE("a login that is switched off is not told as a wrong password", "[outbound][login]") {
    const auto off = judge_login(
        {.code = 535,
         .status = {5, 7, 139},
         .lines = {"Authentication unsuccessful, SmtpClientAuthentication is disabled for the "
                   "Tenant. Visit https://aka.ms/smtp_auth_disabled for more information."}}
    );
    const auto by_password = login_advice(off, "KURIR_RELAYHOST", false);
    CHECK_THAT(by_password, ContainsSubstring("switched this kind of login off"));
    CHECK_THAT(by_password, ContainsSubstring("KURIR_RELAYHOST_OAUTH_TOKEN_URL"));
    const auto by_token = login_advice(off, "KURIR_RELAYHOST", true);
    CHECK_THAT(by_token, ContainsSubstring("Authenticated SMTP of the mailbox"));
    CHECK_THAT(by_token, !ContainsSubstring("KURIR_RELAYHOST"));
}

TEST_CASE("the advice names what keeps a login from being tried", "[outbound][login]") {
    const auto advice = [](const verdict& trouble) {
        return login_advice(trouble, "KURIR_RELAYHOST_X", true);
    };
    CHECK_THAT(
        advice(no_token("x", "refused")), ContainsSubstring("KURIR_RELAYHOST_X_OAUTH_TOKEN_URL")
    );
    CHECK_THAT(
        advice(insecure(smtp::security_failure::handshake_failed)),
        ContainsSubstring("kurir relayhost check")
    );
    CHECK_THAT(
        advice(insecure(smtp::security_failure::auth_not_offered)),
        ContainsSubstring("compare the host")
    );
}

TEST_CASE("the advice names the settings of this relayhost", "[outbound][login]") {
    const auto by_password = login_advice(login_verdict(535), "KURIR_RELAYHOST_SES", false);
    CHECK_THAT(by_password, ContainsSubstring("KURIR_RELAYHOST_SES_PASSWORD"));
    const auto by_token = login_advice(login_verdict(535), "KURIR_RELAYHOST", true);
    CHECK_THAT(by_token, ContainsSubstring("KURIR_RELAYHOST_USERNAME"));
    CHECK_THAT(by_token, ContainsSubstring("token"));
    CHECK(variable_of_credential("default") == "KURIR_RELAYHOST");
    CHECK(variable_of_credential("ses") == "KURIR_RELAYHOST_SES");
}

TEST_CASE("a login belongs to the relayhost of its name", "[outbound][login]") {
    config::config settings;
    settings.relayhost = {{.host = "hub.example"}};
    settings.relayhosts["ses"] = {{.host = "ses.example"}};
    settings.relayhosts["open"] = {{.host = "open.example"}};
    settings.relayhost_logins["ses"] = {.username = "app", .password = "x"};
    settings.relayhost_logins["open"] = {};
    REQUIRE_FALSE(config::route_rules::read(
        "to=a.example -> ses; to=b.example -> ses.example; to=c.example -> mx", settings.routes
    ));
    const auto credential_for = [&](const std::string& domain) {
        const auto routes = routes_of(settings);
        return routes.find(routes.choose({.domain = domain}).route).credential;
    };
    CHECK(credential_for("a.example") == "ses");
    CHECK(credential_for("b.example").empty());  // though the host is the same
    CHECK(credential_for("c.example").empty());
    CHECK(credential_for("d.example").empty());
    CHECK(routes_of(settings).find("open").credential.empty());
    CHECK(credential_names(settings) == std::vector<std::string>{"ses"});
    settings.relayhost_login = {.username = "app", .password = "y"};
    CHECK(credential_for("d.example") == "default");
    CHECK(credential_for("c.example").empty());
    CHECK(credential_names(settings) == std::vector<std::string>{"default", "ses"});
    CHECK(login_named(settings, "default").password == "y");
    CHECK(login_named(settings, "ses").password == "x");
}
