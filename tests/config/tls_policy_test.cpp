// What is asked of TLS at remote servers: by domain, by relayhost, by route.
#include "relay/config/tls_policy.hpp"

#include <string>
#include <utility>
#include <vector>

#include "tests/config/sample_host.hpp"

using namespace kurir::config;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::StartsWith;

TEST_CASE("the most specific rule says what is asked of TLS", "[config][tls]") {
    const auto made = good(
        {{"KURIR_REMOTE_TLS", "Encrypt"},
         {"KURIR_REMOTE_TLS_RULES",
          "bank.example=verify, *.bank.example=OFF # a comment\n\n*.eu.bank.example=may"}}
    );
    const auto& rules = made.config.remote_tls_rules;
    CHECK(made.config.remote_tls == tls_policy::encrypt);
    CHECK(rules.find("Bank.Example") == tls_policy::verify);
    CHECK(rules.find("a.bank.example") == tls_policy::off);
    CHECK(rules.find("a.eu.bank.example") == tls_policy::may);
    CHECK_FALSE(rules.find("example"));
    CHECK_FALSE(rules.find("xbank.example"));
    CHECK(rules.text() == "bank.example=verify *.bank.example=off *.eu.bank.example=may");
    tls_rules again;
    REQUIRE_FALSE(tls_rules::read(rules.text(), again));
    CHECK(again.text() == rules.text());
    CHECK(good({}).config.remote_tls == tls_policy::may);
}

TEST_CASE("what is wrong with rules for TLS is told", "[config][tls]") {
    const std::vector<std::pair<std::string, std::string>> rows{
        {"verify", "'verify' where domain=policy belongs"},
        {"*=verify", "KURIR_REMOTE_TLS is for all others"},
        {"=verify", "where domain=policy belongs"},
        {"user@a.example=verify", "where domain=policy belongs"},
        {"a.example=", "'' where off, may, encrypt or verify belongs"},
        {"a.example=strict", "'strict' where off, may"},
        {"a.example=may A.example=may", "has a.example twice"},
    };
    for (const auto& [text, told] : rows) {
        CAPTURE(text);
        CHECK_THAT(only(bad({{"KURIR_REMOTE_TLS_RULES", text}})), ContainsSubstring(told));
    }
    CHECK_THAT(only(bad({{"KURIR_REMOTE_TLS", "dane"}})), StartsWith("KURIR_REMOTE_TLS: 'dane'"));
    CHECK_THAT(
        only(bad({{"KURIR_TLS_CA", "-----BEGIN CERTIFICATE-----"}})),
        ContainsSubstring("give the path of the file")
    );
}

TEST_CASE("the scheme of a relayhost gives its port and its policy", "[config][tls]") {
    struct row {
        std::string text;
        std::uint16_t port;
        tls_policy policy;
        std::string shown;
    };
    const std::vector<row> rows{
        {"hub.example", 25, tls_policy::may, "hub.example:25"},
        {"smtp://hub.example", 25, tls_policy::may, "hub.example:25"},
        {"SMTPS://Hub.example/", 465, tls_policy::verify, "smtps://hub.example:465"},
        {"smtps://hub.example:4650", 4650, tls_policy::verify, "smtps://hub.example:4650"},
        {"smtp+starttls://hub.example", 587, tls_policy::verify, "smtp+starttls://hub.example:587"},
        {"smtp+starttls://[2001:db8::1]:25",
         25,
         tls_policy::verify,
         "smtp+starttls://[2001:db8::1]:25"},
    };
    for (const auto& each : rows) {
        CAPTURE(each.text);
        relayhost_list servers;
        REQUIRE_FALSE(read_relayhosts(each.text, servers));
        CHECK(servers.front().port == each.port);
        CHECK(standard_policy(servers.front()) == each.policy);
        CHECK(relayhosts_text(servers) == each.shown);
        relayhost_list again;
        REQUIRE_FALSE(read_relayhosts(each.shown, again));
        CHECK(again == servers);
    }
}

TEST_CASE("a relayhost's policy can be set, if its scheme allows", "[config][tls]") {
    const environment good_ones{
        {"KURIR_RELAYHOST", "hub.example"},
        {"KURIR_RELAYHOST_TLS", "encrypt"},
        {"KURIR_RELAYHOST_SES", "smtps://ses.example"},
        {"KURIR_RELAYHOST_SES_TLS", "encrypt"},
        {"KURIR_ROUTES", "to=a.example -> ses; to=b.example -> ses?tls=verify; -> mx?tls=OFF"},
    };
    CHECK(good(good_ones).warnings.empty());

    for (const auto* weak : {"off", "may"}) {
        for (const auto* scheme : {"smtps://", "smtp+starttls://"}) {
            CAPTURE(weak, scheme);
            const std::string host = std::string("a.example,") + scheme + "hub.example";
            CHECK_THAT(
                only(bad({{"KURIR_RELAYHOST", host}, {"KURIR_RELAYHOST_TLS", weak}})),
                StartsWith("KURIR_RELAYHOST promises TLS by")
            );
            CHECK_THAT(
                only(bad(
                    {{"KURIR_RELAYHOST_SES", host},
                     {"KURIR_ROUTES", "-> mx\n-> ses?tls=" + std::string(weak)}}
                )),
                StartsWith("KURIR_ROUTES: line 2 has a route that promises TLS by")
            );
        }
    }
    CHECK_THAT(
        only(bad({{"KURIR_RELAYHOST_TLS", "verify"}})),
        ContainsSubstring("KURIR_RELAYHOST_TLS is set, but KURIR_RELAYHOST is not")
    );
    CHECK_THAT(
        only(bad({{"KURIR_RELAYHOST_SES_TLS", "verify"}})),
        ContainsSubstring("KURIR_RELAYHOST_SES is not set, but KURIR_RELAYHOST_SES_TLS is")
    );
}
