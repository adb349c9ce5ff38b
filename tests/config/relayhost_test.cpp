// Lists of relayhosts, relayhosts by name, and what is wrong with them.
#include <string>
#include <utility>
#include <vector>

#include "relay/config/report.hpp"
#include "tests/config/sample_host.hpp"

using namespace kurir::config;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::StartsWith;

TEST_CASE("a comma separates preferences, a bar servers that share", "[config][relayhost]") {
    const relayhost_list expected{
        {.host = "hub1.example", .port = 25},
        {.host = "hub2.example", .port = 26, .shares = true},
        {.host = "2001:db8::1", .port = 587},
    };
    const auto* text = GENERATE(
        "hub1.example|hub2.example:26,[2001:db8::1]:587",
        " smtp://hub1.example | HUB2.example:26 , smtp://[2001:db8::1]:587/ ",
        "hub1.example:25\t|\thub2.example:26,\n[2001:db8::1]:587"
    );
    CAPTURE(text);
    relayhost_list servers;
    REQUIRE_FALSE(read_relayhosts(text, servers));
    CHECK(servers == expected);
    CHECK(relayhosts_text(servers) == "hub1.example:25|hub2.example:26,[2001:db8::1]:587");
}

TEST_CASE("port 465 without a scheme means TLS from the first byte", "[config][relayhost]") {
    relayhost_list servers;
    REQUIRE_FALSE(read_relayhosts("a.example:465,[2001:db8::1]:465,smtp://b.example:465", servers));
    CHECK(
        relayhosts_text(servers) ==
        "smtps://a.example:465,smtps://[2001:db8::1]:465,smtp://b.example:465"
    );
    CHECK(standard_policy(servers[0]) == tls_policy::verify);
    CHECK(standard_policy(servers[2]) == tls_policy::may);
}

TEST_CASE("a neighbour's address has a zone", "[config][relayhost]") {
    relayhost_list servers;
    REQUIRE_FALSE(read_relayhosts("fe80::1%eth0,[fe80::2%br-0.5]:587", servers));
    CHECK(relayhosts_text(servers) == "[fe80::1%eth0]:25,[fe80::2%br-0.5]:587");
}

TEST_CASE("a list of servers is refused whole", "[config][relayhost]") {
    std::string many = "h.example:1";
    for (std::size_t port = 2; port <= relayhosts_max + 1; ++port)
        many += ",h.example:" + std::to_string(port);
    const std::vector<std::pair<std::string, std::string>> wrong{
        {"a.example,", "an empty place"},
        {"|a.example", "an empty place"},
        {"a.example,,b.example", "an empty place"},
        {"a.example b.example", "is no server"},
        {"a.example;b.example", "is no server"},
        {"a.example,A.example:25", "has a server twice"},
        {"a.example|smtps://b.example?tls=off", "has parameters after a ?"},
        {"a.example,smtp+tls://b.example", "is no server"},
        {"smtps://a.example:465,a.example:465", "has a server twice"},
        {"smtps://me:word@b.example", "user name or password"},
        {"a.example,smtp://me:word@b.example", "user name or password"},
        {"2001:db8::%]:25", "is no server"},
        {"2001:db8::1%eth0", "is no server"},
        {"fe80::1%", "is no server"},
        {"fe80::1%et]h0", "is no server"},
        {many, "has more than 16 servers"},
    };
    for (const auto& [text, told] : wrong) {
        CAPTURE(text);
        relayhost_list servers{{.host = "before.example"}};
        const auto problem = read_relayhosts(text, servers);
        REQUIRE(problem);
        CHECK_THAT(*problem, ContainsSubstring(told));
        CHECK(servers.front().host == "before.example");
        CHECK_THAT(only(bad({{"KURIR_RELAYHOST", text}})), !ContainsSubstring("word@"));
    }
}

TEST_CASE("relayhosts have names", "[config][relayhost]") {
    const auto made = good({
        {"KURIR_RELAYHOST", "hub.example"},
        {"KURIR_RELAYHOST_SES", "ses1.example|ses2.example"},
        {"KURIR_RELAYHOST_BACKUP2_FILE", "/run/secrets/name"},
        {"KURIR_ROUTES", "to=a.example -> ses; to=b.example -> backup2"},
    });
    CHECK(made.config.relayhosts.size() == 2);
    CHECK(relayhosts_text(made.config.relayhosts.at("ses")) == "ses1.example:25|ses2.example:25");
    CHECK(made.config.relayhosts.at("backup2").front().host == "relay.example.net");
    CHECK(made.warnings.empty());
    CHECK_THAT(describe(made), ContainsSubstring("KURIR_RELAYHOST_SES "));
    CHECK_THAT(
        only(bad({{"KURIR_RELAYHOST_SES", "127.0.0.1:2525"}})),
        StartsWith("KURIR_RELAYHOST_SES is one of our own")
    );
}

TEST_CASE("a slip is no name of a relayhost", "[config][relayhost]") {
    const std::vector<std::string> slips{
        "KURIR_RELAYHOST_PASWORD",
        "KURIR_RELAYHOST_USERNAMES",
        "KURIR_RELAYHOST_SES_PASWORD",
        "KURIR_RELAYHOST_SES_EU_PASSWORD",
        "KURIR_RELAYHOST_SES_",
        "KURIR_RELAYHOST_9",
        "KURIR_RELAYHOST_ses",
        "KURIR_RELAYHOST_MX",
        "KURIR_RELAYHOST_SES_TSL",
        "KURIR_RELAYHOST_SES_FIEL",
        "KURIR_RELAYHOSTS",
        "KURIR_RELAYHOST_",
    };
    for (const auto& slip : slips) {
        CAPTURE(slip);
        const auto told = only(bad({{slip, "hunter2.example"}}));
        CHECK_THAT(told, StartsWith(slip + " is no setting"));
        CHECK_THAT(told, !ContainsSubstring("hunter2"));
    }
    CHECK_THAT(
        only(bad({{"KURIR_RELAYHOST_SES_FIEL", "/run/x"}})),
        ContainsSubstring("did you mean KURIR_RELAYHOST_SES_FILE?")
    );
}

TEST_CASE("a relayhost that no rule names is told", "[config][relayhost]") {
    const auto made = good({{"KURIR_RELAYHOST_SES", "ses.example"}});
    REQUIRE(made.warnings.size() == 1);
    CHECK(made.warnings.front() == "KURIR_RELAYHOST_SES: no rule of KURIR_ROUTES leads to ses");
}
