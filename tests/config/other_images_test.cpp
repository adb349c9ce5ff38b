// Variables of other images: what they mean here, whichever settings Kurir has.
#include "relay/config/other_images.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "relay/config/foreign_names.hpp"
#include "relay/config/report.hpp"
#include "tests/config/sample_host.hpp"

using namespace kurir::config;
using Catch::Matchers::ContainsSubstring;

namespace {

using pair = std::pair<const char*, const char*>;
using lines = std::vector<std::string>;

// Every setting that an alias has, whether it exists already or not.
catalogue every_setting() {
    static const std::vector<setting> all = [] {
        std::vector<setting> made;
        for (const auto& each : aliases()) {
            made.push_back(
                {.name = setting_of(each),
                 .type = {},
                 .default_text = {},
                 .range = {},
                 .help = {},
                 .read = {},
                 .show = {},
                 .copy = {}}
            );
        }
        return made;
    }();
    return {all};
}

taken_values taken(const environment& variables) {
    return values_of_other_images(variables, sample_host(), every_setting());
}

// The value of a setting; "none" if it has none.
std::string value_of(const taken_values& all, std::string_view setting) {
    const auto found = all.by_setting.find("KURIR_" + std::string(setting));
    return found == all.by_setting.end() ? "none" : found->second.text;
}

std::string relayhost_of(const environment& variables) {
    const auto servers = good(variables).config.relayhost;
    return relayhosts_text(servers);
}

}  // namespace

TEST_CASE("aliases: a relayhost as images write it", "[config][parse]") {
    const auto [written, meant] = GENERATE(
        pair{"[mail.example]:587", "mail.example:587"},
        pair{"[mail.example]", "mail.example:25"},
        pair{"mail.example", "mail.example:25"},
        pair{"mail.example:2525", "mail.example:2525"},
        pair{"[mail.example]:submission", "mail.example:587"},
        pair{"mail.example::587", "mail.example:587"},
        pair{"[192.0.2.7]:26", "192.0.2.7:26"},
        pair{"[2001:db8::7]:26", "[2001:db8::7]:26"},
        pair{"[2001:db8::7]", "[2001:db8::7]:25"},
        pair{"smtp://mail.example:26", "mail.example:26"}
    );
    CAPTURE(written);
    CHECK(relayhost_of({{"RELAYHOST", written}}) == meant);
    CHECK(relayhost_of({{"POSTFIX_relayhost", written}}) == meant);
    CHECK(relayhost_of({{"SMARTHOST", written}}) == meant);
}

TEST_CASE("aliases: a host and its port apart", "[config][parse]") {
    CHECK(relayhost_of({{"RELAY_HOST", "a.example"}}) == "a.example:25");
    CHECK(relayhost_of({{"RELAY_HOST", "a.example"}, {"RELAY_PORT", "587"}}) == "a.example:587");
    CHECK(relayhost_of({{"RELAY_HOST", "a.example:26"}, {"RELAY_PORT", "587"}}) == "a.example:26");
    CHECK(relayhost_of({{"SMTP_SERVER", "a.example"}}) == "a.example:587");
    CHECK(relayhost_of({{"SMTP_SERVER", "a.example"}, {"SMTP_PORT", "26"}}) == "a.example:26");
    CHECK(
        relayhost_of({{"SMARTHOST_ADDRESS", "a.example"}, {"SMARTHOST_PORT", "26"}}) ==
        "a.example:26"
    );
    CHECK(
        relayhost_of({{"SES_REGION", "eu-west-1"}, {"SES_USER", "x"}, {"SES_PASSWORD", "y"}}) ==
        "smtp+starttls://email-smtp.eu-west-1.amazonaws.com:587"
    );
    CHECK(
        relayhost_of({{"SES_USER", "x"}, {"SES_PASSWORD", "y"}}) ==
        "smtp+starttls://email-smtp.us-east-1.amazonaws.com:587"
    );
    CHECK(
        relayhost_of({{"GMAIL_USER", "me@gmail.com"}, {"GMAIL_PASSWORD", "y"}}) ==
        "smtp+starttls://smtp.gmail.com:587"
    );
    CHECK(
        only(good({{"SMTP_PORT", "587"}}).warnings) == "SMTP_PORT is not read: use KURIR_RELAYHOST"
    );
}

TEST_CASE("aliases: networks with the separators of Postfix and Exim", "[config][parse]") {
    const auto [name, written] = GENERATE(
        pair{"MYNETWORKS", "10.1.0.0/16, 192.0.2.0/24"},
        pair{"MY_NETWORKS", "10.1.0.0/16 192.0.2.0/24"},
        pair{"POSTFIX_mynetworks", "10.1.0.0/16,192.0.2.0/24"},
        pair{"RELAY_NETS", "10.1.0.0/16;192.0.2.0/24"},
        pair{"RELAY_NETWORKS", ":10.1.0.0/16:192.0.2.0/24"},
        pair{"SMTP_NETWORKS", "10.1.0.0/16,192.0.2.0/24"}
    );
    CAPTURE(name);
    CHECK(good({{name, written}}).config.trusted_networks.networks().size() == 2);
    CHECK(describe(good({{name, written}})).find("10.1.0.0/16 192.0.2.0/24") != std::string::npos);
    CHECK(good({{name, "[::1]/128 127.0.0.0/8"}}).config.trusted_networks.networks().size() == 2);
}

TEST_CASE("aliases: an open relay of another image needs the second word", "[config][parse]") {
    const auto said = only(bad({{"MYNETWORKS", "0.0.0.0/0"}}));
    CHECK_THAT(said, ContainsSubstring("KURIR_TRUSTED_NETWORKS (from MYNETWORKS): "));
    CHECK_THAT(said, ContainsSubstring("open-relay"));
}

TEST_CASE("aliases: other values in their images' words", "[config][parse]") {
    CHECK(good({{"MAILNAME", "mail.example"}}).config.hostname == "mail.example");
    CHECK(good({{"POSTFIX_myhostname", "mail.example"}}).config.hostname == "mail.example");
    CHECK(good({{"POSTFIX_message_size_limit", "0"}}).config.max_message_size == 2ULL << 30U);
    CHECK(good({{"MESSAGE_SIZE_LIMIT", "10240000"}}).config.max_message_size == 10'240'000);
    CHECK(good({{"INET_PROTOCOLS", "all"}}).config.family == ip_family::automatic);
    CHECK(good({{"INET_PROTOCOLS", "ipv6, ipv4"}}).config.family == ip_family::automatic);
    CHECK(good({{"POSTFIX_inet_protocols", "ipv4"}}).config.family == ip_family::ipv4);
    CHECK(good({{"DISABLE_IPV6", "1"}}).config.family == ip_family::ipv4);
    CHECK(good({{"DISABLE_IPV6", "false"}}).config.family == ip_family::automatic);
    CHECK(good({{"LOG_FORMAT", "plain"}}).config.log_format == log_format::text);
    CHECK(good({{"LOG_LEVEL", "trace"}}).config.log_level == log_level::debug);
    CHECK(good({{"POSTMASTER_ADDRESS", "ops@a.example"}}).config.postmaster == "ops@a.example");
    CHECK(good({{"PERMIT_DOCKER", "none"}}).config.trusted_networks.empty());
    CHECK(good({{"SMTP_DESTINATION_CONCURRENCY_LIMIT", "3"}}).config.destination_concurrency == 3);
    const auto rate = [](const char* delay) {
        return value_of(taken({{"SMTP_DESTINATION_RATE_DELAY", delay}}), "DESTINATION_RATE");
    };
    CHECK(rate("1s") == "60/min");
    CHECK(rate("5") == "12/min");
    CHECK(rate("7s") == "514/h");
    CHECK(rate("7200s") == "12/d");
    CHECK(rate("864000s") == "1/d");
    CHECK(rate("0s") == "none");
}

TEST_CASE("aliases: TLS levels of Postfix", "[config][parse]") {
    const auto [written, meant] = GENERATE(
        pair{"none", "off"},
        pair{"may", "may"},
        pair{"Encrypt", "Encrypt"},
        pair{"secure", "verify"},
        pair{"verify", "verify"},
        pair{"dane-only", "encrypt"}
    );
    for (const char* name :
         {"POSTFIX_smtp_tls_security_level", "RELAYHOST_TLS_LEVEL", "TLS_SECURITY_LEVEL"}) {
        CHECK(value_of(taken({{name, written}}), "REMOTE_TLS") == meant);
        CHECK(value_of(taken({{name, written}}), "RELAYHOST_TLS") == "none");
        CHECK(
            value_of(taken({{name, written}, {"RELAYHOST", "a.example"}}), "RELAYHOST_TLS") == meant
        );
        CHECK(
            value_of(taken({{name, written}, {"GMAIL_USER", "a@gmail.com"}}), "RELAYHOST_TLS") ==
            "none"
        );
    }
    CHECK(good({{"POSTFIX_smtp_tls_security_level", "may"}}).config.remote_tls == tls_policy::may);
}

TEST_CASE("aliases: port 465 means TLS from the first byte", "[config][parse]") {
    const auto made = good(
        {{"SMTP_SERVER", "smtp.provider.example"},
         {"SMTP_PORT", "465"},
         {"POSTFIX_smtp_tls_security_level", "may"}}
    );
    CHECK(relayhosts_text(made.config.relayhost) == "smtps://smtp.provider.example:465");
}

TEST_CASE("aliases: a login is shown to no other relayhost", "[config][parse]") {
    const auto made = good(
        {{"KURIR_RELAYHOST", "hub.example"},
         {"SMTP_SERVER", "smtp.provider.example"},
         {"SMTP_USERNAME", "me"},
         {"SMTP_PASSWORD", "geheim"},
         {"GMAIL_USER", "me@gmail.com"},
         {"GMAIL_PASSWORD", "geheim"}}
    );
    CHECK_FALSE(made.config.relayhost_login.wanted());
    REQUIRE_FALSE(made.warnings.empty());
    CHECK_THAT(made.warnings[0], ContainsSubstring("KURIR_RELAYHOST_"));
}

TEST_CASE("aliases: what is taken is told once, without its value", "[config][parse]") {
    const auto made = good({{"RELAY_HOST", "geheim.example"}, {"RELAY_PORT", "587"}});
    CHECK(only(made.notices) == "RELAY_HOST with RELAY_PORT is read as KURIR_RELAYHOST");
    CHECK(made.warnings.empty());
    CHECK_THAT(describe(made), ContainsSubstring("# RELAY_HOST\n"));
    CHECK(
        taken({{"RELAYHOST_PASSWORD", "geheim"}}).notices ==
        lines{"RELAYHOST_PASSWORD is read as KURIR_RELAYHOST_PASSWORD"}
    );
}

TEST_CASE("aliases: ours wins, and nothing is said", "[config][parse]") {
    const auto made = good(
        {{"RELAYHOST", "a.example"}, {"SMTP_SERVER", "b.example"}, {"KURIR_RELAYHOST", "c.example"}}
    );
    CHECK(made.config.relayhost.at(0).host == "c.example");
    CHECK(made.notices.empty());
    CHECK(made.warnings.empty());
    CHECK(
        good({{"MAILNAME", "a.example"}, {"KURIR_HOSTNAME_FILE", "/run/secrets/name"}})
            .config.hostname == "relay.example.net"
    );
    CHECK(
        good({{"MAILNAME", "a.example"}, {"KURIR_HOSTNAME", " "}}).config.hostname == "a.example"
    );
}

TEST_CASE("aliases: senders and copies", "[config][parse]") {
    const auto made = good({
        {"OVERWRITE_FROM", "\"Your Name\" <email@company.example>"},
        {"MASQUERADED_DOMAINS", "!lists.a.example a.example,b.example"},
        {"POSTFIX_always_bcc", "archive@a.example"},
    });
    CHECK(made.config.force_from.text() == "\"Your Name\" <email@company.example>");
    CHECK(made.config.masquerade_domains.text() == "!lists.a.example a.example b.example");
    CHECK(made.config.always_bcc.text() == "archive@a.example");
    CHECK(
        good({{"POSTFIX_masquerade_domains", "a.example"}}).config.masquerade_domains.text() ==
        "a.example"
    );
    CHECK_THAT(
        only(bad({{"MASQUERADED_DOMAINS", "$mydomain"}})),
        ContainsSubstring("KURIR_MASQUERADE_DOMAINS (from MASQUERADED_DOMAINS)")
    );
}

TEST_CASE("aliases: two that disagree are a mistake, two that agree are not", "[config][parse]") {
    const auto said = only(bad({{"RELAYHOST", "a.example"}, {"DEFAULT_RELAY_HOST", "b.example"}}));
    CHECK_THAT(said, ContainsSubstring("RELAYHOST") && ContainsSubstring("DEFAULT_RELAY_HOST"));
    CHECK_THAT(said, ContainsSubstring("KURIR_RELAYHOST"));
    CHECK(
        relayhost_of({{"RELAYHOST", "[a.example]:587"}, {"SMTP_SERVER", "a.example"}}) ==
        "a.example:587"
    );
    const auto disagree = taken({{"RELAYHOST_PASSWORD", "geheim"}, {"SMTP_PASSWORD", "anderes"}});
    CHECK(disagree.mistakes.size() == 1);
    CHECK_THAT(disagree.mistakes[0], !ContainsSubstring("geheim") && !ContainsSubstring("anderes"));
    CHECK_FALSE(
        bad({{"POSTFIX_myhostname", "a.example"}, {"POSTFIX_MYHOSTNAME", "b.example"}}).empty()
    );
}

TEST_CASE("aliases: files of values", "[config][parse]") {
    const auto made = good({{"MAILNAME_FILE", "/run/secrets/lines"}});
    CHECK(made.config.hostname == "relay.example.net");
    CHECK(made.entries[0].origin.given_by == source::kind::file);
    CHECK_THAT(describe(made), ContainsSubstring("# MAILNAME_FILE /run/secrets/lines"));
    CHECK_THAT(
        only(bad({{"MAILNAME_FILE", "/run/none"}})),
        ContainsSubstring("MAILNAME_FILE names '/run/none'")
    );
    CHECK_THAT(
        only(bad({{"MAILNAME", "a.example"}, {"MAILNAME_FILE", "/run/secrets/name"}})),
        ContainsSubstring("are both set")
    );
    // These are files of users themselves: the value is their path.
    const auto users = taken({{"MP_SMTP_AUTH_FILE", "/run/secrets/name"}});
    CHECK(value_of(users, "USERS") == "relay.example.net");
    CHECK(users.by_setting.begin()->second.origin.path == "/run/secrets/name");
}

TEST_CASE("aliases: the variables of a Kubernetes Service are ignored", "[config][parse]") {
    const auto made = good({{"SMTP_PORT", "tcp://10.0.0.1:25"}, {"SMTP_SERVER", "a.example"}});
    CHECK(relayhosts_text(made.config.relayhost) == "a.example:587");
    REQUIRE(made.notices.size() == 2);
    CHECK_THAT(made.notices[1], ContainsSubstring("SMTP_PORT is ignored"));
    CHECK(good({{"REDIS_PORT", "tcp://10.0.0.1:6379"}}).notices.empty());
}

TEST_CASE("aliases: what Kurir does not do is told", "[config][parse]") {
    const auto* name = GENERATE(
        "SMTP_FROM",
        "SMTP_HEADER_TAG",
        "RELAYHOST_PASSWORDMAP",
        "RELAY_DOMAINS",
        "MY_DESTINATION",
        "MH_STORAGE",
        "MP_SMTP_BIND_ADDR",
        "LISTEN_PORT",
        "OPENDKIM_DOMAINS",
        "OPENDKIM_Canonicalization",
        "POSTFIX_smtpd_relay_restrictions",
        "POSTMAP_transport",
        "ANONYMIZE_EMAILS"
    );
    const auto made = good({{name, "geheim"}});
    CHECK_THAT(only(made.warnings), ContainsSubstring(std::string(name) + " is not read: "));
    CHECK_THAT(only(made.warnings), !ContainsSubstring("geheim"));
}

TEST_CASE("aliases: other variables are nobody's business", "[config][parse]") {
    const auto made = good({{"HOSTNAME", "x"}, {"PATH", "/bin"}, {"TZ", "UTC"}, {"RELAYHOST", ""}});
    CHECK(made.warnings.empty());
    CHECK(made.notices.empty());
    CHECK(made.config.relayhost.empty());
}

TEST_CASE("aliases: a mistake in one names it", "[config][parse]") {
    CHECK_THAT(
        only(bad({{"MAILNAME", "no name"}})),
        ContainsSubstring("KURIR_HOSTNAME (from MAILNAME): 'no name'")
    );
    CHECK_THAT(
        only(bad({{"TLS_KEY", "/a.key"}})), ContainsSubstring("KURIR_TLS_KEY (from TLS_KEY) is set")
    );
    CHECK_THAT(only(bad({{"LOG_LEVEL", "loud"}})), ContainsSubstring("(from LOG_LEVEL)"));
}

TEST_CASE("aliases: every one has a place to go, and is listed once", "[config][parse]") {
    std::set<std::pair<std::string_view, std::string_view>> seen;
    for (const auto& each : aliases()) {
        CAPTURE(each.name);
        CHECK(seen.emplace(each.name, each.setting).second);
        CHECK_FALSE(each.setting.starts_with("KURIR_"));
        CHECK(listed_name(each.name) == each.name);
        std::string setting = "KURIR_" + std::string(each.setting);
        if (setting.ends_with("_FILE")) setting.resize(setting.size() - 5);
        const bool exists =
            std::ranges::any_of(settings(), [&](const auto& row) { return row.name == setting; });
        CHECK(exists);
    }
    for (const auto& each : foreign_names()) {
        CAPTURE(each.name);
        CHECK(std::ranges::none_of(aliases(), [&](const auto& row) {
            return row.name == each.name;
        }));
    }
}
