// What Kurir logs in to relayhosts with, as settings.
#include <string>
#include <utility>
#include <vector>

#include "relay/config/named_relayhost.hpp"
#include "relay/config/reload.hpp"
#include "relay/config/report.hpp"
#include "tests/config/sample_host.hpp"

using namespace kurir::config;
using Catch::Matchers::ContainsSubstring;

namespace {

using pairs = std::vector<std::pair<std::string, std::string>>;

// The unnamed relayhost and one by name: what holds for one holds for the other.
struct subject {
    std::string variable;
    std::string name;
};

subject any_relayhost() {
    return GENERATE(subject{"KURIR_RELAYHOST", ""}, subject{"KURIR_RELAYHOST_SES", "ses"});
}

environment with(const subject& relayhost, const pairs& suffixes) {
    environment made{
        {relayhost.variable, "smtp.example:587"}, {"KURIR_ROUTES", "to=x.example -> mx"}
    };
    if (!relayhost.name.empty()) made["KURIR_ROUTES"] = "to=x.example -> " + relayhost.name;
    for (const auto& [suffix, value] : suffixes)
        made[relayhost.variable + '_' + suffix] = value;
    return made;
}

const pairs password{{"USERNAME", "apikey"}, {"PASSWORD", "hunter2 #$:@"}};
const pairs tokens{
    {"USERNAME", "me@corp.example"},
    {"OAUTH_TOKEN_URL", "https://login.example/tenant/oauth2/v2.0/token"},
    {"OAUTH_CLIENT_ID", "client"},
    {"OAUTH_CLIENT_SECRET", "hunter2"},
    {"OAUTH_SCOPE", "https://outlook.office365.com/.default"},
};

pairs changed(pairs all, const std::string& suffix, const std::string& value) {
    std::erase_if(all, [&](const auto& each) { return each.first == suffix; });
    if (!value.empty()) all.emplace_back(suffix, value);
    return all;
}

}  // namespace

TEST_CASE("a relayhost has a login of its own", "[config][login]") {
    const auto relayhost = any_relayhost();
    const auto made = good(with(relayhost, password));
    const auto& login = login_of(made.config, relayhost.name);
    CHECK(login.username == "apikey");
    CHECK(login.password == "hunter2 #$:@");
    CHECK_FALSE(login.insecure);
    CHECK_FALSE(login.has_tokens());
    CHECK_FALSE(login_of(made.config, relayhost.name.empty() ? "ses" : "").wanted());
    CHECK_FALSE(login_of(made.config, "other").wanted());

    const auto by_token = login_of(good(with(relayhost, tokens)).config, relayhost.name);
    CHECK(by_token.has_tokens());
    CHECK(by_token.client_id == "client");
    CHECK(by_token.scope == "https://outlook.office365.com/.default");
    CHECK(by_token.refresh_token.empty());
}

TEST_CASE("secrets of a login are shown nowhere", "[config][login]") {
    const auto relayhost = any_relayhost();
    for (const auto& all : {password, changed(tokens, "OAUTH_REFRESH_TOKEN", "hunter2-again")}) {
        const auto made = good(with(relayhost, all));
        const auto text = describe(made);
        CHECK_THAT(text, !ContainsSubstring("hunter2"));
        CHECK_THAT(text, ContainsSubstring("***"));
        for (const auto& each : made.warnings)
            CHECK_THAT(each, !ContainsSubstring("hunter2"));
    }
    for (const auto* suffix : {"PASSWORD", "OAUTH_CLIENT_SECRET", "OAUTH_REFRESH_TOKEN"}) {
        CAPTURE(suffix);
        const auto base = suffix == std::string("PASSWORD") ? password : tokens;
        const auto told = only(bad(with(relayhost, changed(base, suffix, "hunter2\nline"))));
        CHECK_THAT(told, ContainsSubstring("line end"));
        CHECK_THAT(told, !ContainsSubstring("hunter2"));
    }
}

TEST_CASE("half a login is a mistake", "[config][login]") {
    const auto relayhost = any_relayhost();
    const std::vector<std::pair<pairs, std::string>> halves{
        {{{"PASSWORD", "x"}}, "PASSWORD is set, but * USERNAME is not"},
        {{{"USERNAME", "x"}}, "USERNAME is set, but neither * PASSWORD nor * OAUTH_TOKEN_URL is"},
        {{{"AUTH_INSECURE", "on"}}, "AUTH_INSECURE is set, but * USERNAME is not"},
        {changed(tokens, "USERNAME", ""), "OAUTH_CLIENT_ID is set, but * USERNAME is not"},
        {changed(tokens, "OAUTH_TOKEN_URL", ""),
         "OAUTH_CLIENT_ID is set, but * OAUTH_TOKEN_URL is not"},
        {changed(tokens, "OAUTH_CLIENT_ID", ""),
         "OAUTH_TOKEN_URL is set, but * OAUTH_CLIENT_ID is not"},
        {changed(tokens, "OAUTH_CLIENT_SECRET", ""),
         "OAUTH_TOKEN_URL is set, but neither * OAUTH_CLIENT_SECRET nor * OAUTH_REFRESH_TOKEN is"},
    };
    for (const auto& [given, wanted] : halves) {
        std::string expected = relayhost.variable + '_';
        for (std::size_t at = 0; at < wanted.size(); ++at) {
            const bool is_place = wanted[at] == '*';
            expected += is_place ? relayhost.variable + '_' : std::string(1, wanted[at]);
            if (is_place) ++at;  // the blank after it
        }
        CHECK(only(bad(with(relayhost, given))) == expected);
    }
}

TEST_CASE("a login needs its relayhost", "[config][login]") {
    CHECK(
        only(bad({{"KURIR_RELAYHOST_USERNAME", "x"}, {"KURIR_RELAYHOST_PASSWORD", "y"}})) ==
        "KURIR_RELAYHOST_USERNAME is set, but KURIR_RELAYHOST is not"
    );
    CHECK(
        only(bad({{"KURIR_RELAYHOST_SES_USERNAME", "x"}, {"KURIR_RELAYHOST_SES_PASSWORD", "y"}})) ==
        "KURIR_RELAYHOST_SES is not set, but KURIR_RELAYHOST_SES_USERNAME is"
    );
}

TEST_CASE("the nearest setting of a login is suggested", "[config][login]") {
    const std::vector<std::pair<std::string, std::string>> slips{
        {"KURIR_RELAYHOST_PASWORD", "KURIR_RELAYHOST_PASSWORD"},
        {"KURIR_RELAYHOST_SES_PASWORD", "KURIR_RELAYHOST_SES_PASSWORD"},
        {"KURIR_RELAYHOST_SES_USERNAMES", "KURIR_RELAYHOST_SES_USERNAME"},
        {"KURIR_RELAYHOST_SES_OAUTH_TOKENURL", "KURIR_RELAYHOST_SES_OAUTH_TOKEN_URL"},
        {"KURIR_RELAYHOST_OAUTH_CLIENT_SECRETS", "KURIR_RELAYHOST_OAUTH_CLIENT_SECRET"},
        {"KURIR_RELAYHOST_SES_PASSWORD_FIEL", "KURIR_RELAYHOST_SES_PASSWORD_FILE"},
    };
    for (const auto& [slip, meant] : slips) {
        const auto told = only(bad({{slip, "hunter2"}}));
        CHECK(told == slip + " is no setting; did you mean " + meant + "?");
    }
}

TEST_CASE("a token server is asked over HTTPS", "[config][login]") {
    const auto relayhost = any_relayhost();
    for (const auto* url :
         {"https://login.example/token",
          "HTTPS://login.example:8443/a?b=c",
          "http://127.0.0.1:8080/token",
          "http://[::1]/token",
          "http://localhost:1/",
          "https://[2001:db8::1]:443/token"}) {
        CAPTURE(url);
        CHECK(
            login_of(
                good(with(relayhost, changed(tokens, "OAUTH_TOKEN_URL", url))).config,
                relayhost.name
            )
                .token_url == url
        );
    }
    for (const auto& [url, wanted] : pairs{
             {"http://login.example/token", "in clear"},
             {"http://127.0.0.1.example/token", "in clear"},
             {"https://me:hunter2@login.example/", "user name or password"},
             {"login.example/token", "no URL"},
             {"ftp://login.example/token", "no URL"},
             {"https://", "no URL"},
             {"https://login.example:0/", "no URL"},
             {"https://login.example:x/", "no URL"},
             {"https://log in.example/", "no URL"},
         }) {
        CAPTURE(url);
        const auto told = only(bad(with(relayhost, changed(tokens, "OAUTH_TOKEN_URL", url))));
        CHECK_THAT(told, ContainsSubstring(wanted));
        CHECK_THAT(told, !ContainsSubstring("hunter2"));
    }
}

TEST_CASE("a login that may be seen is warned about", "[config][login]") {
    const auto relayhost = any_relayhost();
    const auto made = good(with(relayhost, changed(password, "AUTH_INSECURE", "on")));
    REQUIRE(made.warnings.size() == 1);
    CHECK_THAT(made.warnings.front(), ContainsSubstring(relayhost.variable + "_AUTH_INSECURE"));
}

TEST_CASE("a login to a server that nobody checks is warned about", "[config][login]") {
    const auto relayhost = any_relayhost();
    const auto login = GENERATE(password, tokens);
    for (const auto* const weak : {"", "may", "encrypt"}) {
        CAPTURE(weak);
        const auto made = good(with(relayhost, changed(login, "TLS", weak)));
        REQUIRE(made.warnings.size() == 1);
        CHECK_THAT(made.warnings.front(), ContainsSubstring(relayhost.variable + "_TLS"));
        CHECK_THAT(made.warnings.front(), ContainsSubstring("smtp.example"));
    }
    CHECK(good(with(relayhost, changed(login, "TLS", "verify"))).warnings.empty());
    CHECK(good(with(relayhost, {{"TLS", "may"}})).warnings.empty());

    auto promised = with(relayhost, login);
    promised[relayhost.variable] = "smtp+starttls://smtp.example, smtps://two.example";
    CHECK(good(promised).warnings.empty());
}

TEST_CASE("a rule that asks less of a relayhost with a login is warned about", "[config][login]") {
    const auto [tls, weak] = GENERATE(table<std::string, bool>({
        {"", false},
        {"?tls=verify", false},
        {"?tls=may", true},
        {"?tls=encrypt", true},
    }));
    environment variables{
        {"KURIR_RELAYHOST_SES", "smtp.example"},
        {"KURIR_RELAYHOST_SES_TLS", "verify"},
        {"KURIR_RELAYHOST_SES_USERNAME", "me"},
        {"KURIR_RELAYHOST_SES_PASSWORD", "hunter2"},
        {"KURIR_ROUTES", "to=a.example -> mx?tls=may\nto=b.example -> ses" + tls},
    };
    const auto made = good(variables);
    REQUIRE(made.warnings.size() == (weak ? 1 : 0));
    if (weak) CHECK_THAT(made.warnings.front(), ContainsSubstring("KURIR_ROUTES, line 2: by tls="));
    variables.erase("KURIR_RELAYHOST_SES_USERNAME");
    variables.erase("KURIR_RELAYHOST_SES_PASSWORD");
    CHECK(good(variables).warnings.empty());
}

TEST_CASE("the secrets of a login are read again", "[config][login]") {
    const auto relayhost = any_relayhost();
    std::string text = "before\n";
    auto machine = sample_host();
    machine.read = [&](const auto&) { return std::optional<std::string>(text); };
    const auto variables =
        with(relayhost, {{"USERNAME", "apikey"}, {"PASSWORD_FILE", "/run/secrets/password"}});
    auto first = parse(variables, machine);
    REQUIRE(std::holds_alternative<loaded>(first));
    const auto& before = std::get<loaded>(first);
    text = "after";
    const auto done = reload(before, before.config, variables, machine);
    REQUIRE(done.held.empty());
    CHECK(login_of(before.config, relayhost.name).password == "before");
    CHECK(login_of(done.in_effect, relayhost.name).password == "after");
    CHECK(done.changed == std::vector<std::string>{relayhost.variable + "_PASSWORD"});

    text = "";
    CHECK(reload(before, before.config, variables, machine).held.size() == 1);
}
