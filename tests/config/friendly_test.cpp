// What is understood, ignored or pointed out so that a start does not fail for a trifle, and what
// must be said twice or is never shown.
#include <string>
#include <utility>
#include <variant>

#include "relay/config/coverage.hpp"
#include "tests/config/sample_host.hpp"

using namespace kurir::config;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::EndsWith;

TEST_CASE("operating: variables of a Kubernetes Service are ignored", "[config][parse]") {
    const environment links{
        {"KURIR_SERVICE_HOST", "10.0.0.1"},
        {"KURIR_SERVICE_PORT", "25"},
        {"KURIR_SERVICE_PORT_SMTP", "25"},
        {"KURIR_SERVICE_PORT_HTTP_METRICS", "9925"},
        {"KURIR_PORT", "tcp://10.0.0.1:25"},
        {"KURIR_PORT_25_TCP", "tcp://10.0.0.1:25"},
        {"KURIR_PORT_25_TCP_PROTO", "tcp"},
        {"KURIR_PORT_25_TCP_PORT", "25"},
        {"KURIR_PORT_25_TCP_ADDR", "10.0.0.1"},
        {"KURIR_PORT_53_UDP", "udp://10.0.0.1:53"},
        {"KURIR_PORT_2525_TCP", "tcp://[fd00::1]:2525"},
        {"KURIR_SMTP_SERVICE_HOST", "fd00::1"},
        {"KURIR_SMTP_PORT_25_TCP_ADDR", "fd00::1"},
        {"KURIR_REMOTE_PORT", "tcp://10.0.0.1:25"},  // of a Service called kurir-remote
    };
    const auto made = good(links);
    CHECK(made.config.remote_port == 25);
    CHECK(made.warnings.empty());
    CHECK_THAT(
        only(made.notices), ContainsSubstring("13 more") && ContainsSubstring("enableServiceLinks")
    );
    for (const auto& [name, value] : links) {
        CAPTURE(name);
        CHECK_THAT(only(good({{name, value}}).notices), ContainsSubstring(name + " is ignored"));
    }
}

TEST_CASE("operating: what only looks like a Service's variable is a mistake", "[config][parse]") {
    using pair = std::pair<const char*, const char*>;
    const auto [name, value] = GENERATE(
        pair{"KURIR_PORT", "2525"},
        pair{"KURIR_PORT", "tcp://"},
        pair{"KURIR_SERVICE_HOST", "smtp.example.net"},
        pair{"KURIR_SERVICE_PORT", "smtp"},
        pair{"KURIR_PORT_25_TCP", "25"},
        pair{"KURIR_PORT_TCP_ADDR", "10.0.0.1"},
        pair{"KURIR_RELAYHOTS", "tcp://10.0.0.1:25"}
    );
    CAPTURE(name, value);
    CHECK_THAT(only(bad({{name, value}})), ContainsSubstring("is no setting"));
    CHECK_THAT(only(bad({{"KURIR_REMOTE_PORT", "10.0.0.1:25"}})), ContainsSubstring("a number"));
}

TEST_CASE("everybody may relay only with the second word, and with a warning", "[config][parse]") {
    const auto* everybody = GENERATE(
        "0.0.0.0/0",
        "::/0",
        "10.0.0.0/8, 0.0.0.0/0",
        "0.0.0.0/1 128.0.0.0/1",
        "::/1 8000::/1",
        "2000::/3",
        "2000::/4",
        "::ffff:0.0.0.0/97 ::ffff:128.0.0.0/97",
        "::ffff:0:0/96",
        "0.0.0.0/2 64.0.0.0/2 128.0.0.0/2 192.0.0.0/3",
        "1.0.0.0/8 2.0.0.0/7 4.0.0.0/6 8.0.0.0/7 11.0.0.0/8 12.0.0.0/6 16.0.0.0/4",
        "64.0.0.0/3"
    );
    CAPTURE(everybody);
    CHECK_THAT(
        only(bad({{"KURIR_TRUSTED_NETWORKS", everybody}})),
        ContainsSubstring("add the word open-relay")
    );

    const auto made = good({{"KURIR_TRUSTED_NETWORKS", std::string(everybody) + " open-relay"}});
    CHECK(covers_the_internet(made.config.trusted_networks));
    REQUIRE(made.warnings.size() == 1);
    CHECK_THAT(made.warnings[0], ContainsSubstring("lets everybody send mail"));
}

TEST_CASE("operating: ordinary networks need no second word", "[config][parse]") {
    const auto* networks = GENERATE(
        "private",
        "loopback private linklocal shared unspecified",
        "11.0.0.0/8 17.0.0.0/8 26.0.0.0/8",
        "multicast documentation",
        "fc00::/7",
        "2001:db8::/32 2a00::/12",
        "0.0.0.0/8 10.0.0.0/8 127.0.0.0/8 224.0.0.0/3",
        "17.0.0.0/8 17.0.0.0/9 17.0.0.0/8 17.0.0.0/8 17.0.0.0/8 17.0.0.0/8 17.0.0.0/8 17.0.0.0/8 "
        "17.0.0.0/8 17.0.0.0/8 17.0.0.0/8 17.0.0.0/8 17.0.0.0/8 17.0.0.0/8 17.0.0.0/8 17.0.0.0/8"
    );
    CAPTURE(networks);
    const auto made = good({{"KURIR_TRUSTED_NETWORKS", networks}});
    CHECK_FALSE(covers_the_internet(made.config.trusted_networks));
}

TEST_CASE("operating: a password in a URL is never printed", "[config][parse]") {
    const auto* value = GENERATE(
        "smtp://me:geheim@mail.example",
        "smtps://me:geheim@mail.example:465",
        "smtp+starttls://me:ge@heim:geheim@mail.example:587",
        "smtp://me:geheim,geheim geheim@mail.example",
        "smtp://me:geh'geheim@mail.example",
        "smtp://geheim@mail.example:x",
        "me:geheim@mail.example:587",
        "smtp://me:geheim",
        "smtp://mail.example:25?password=geheim",
        "smtp://me:geheim@[::1]:25 smtp://you:geheim@mail.example",
        "http://me:geheim@mail.example"
    );
    CAPTURE(value);
    for (const char* name :
         {"KURIR_RELAYHOST",
          "KURIR_LISTEN",
          "KURIR_HTTP_LISTEN",
          "KURIR_HOSTNAME",
          "KURIR_DNS_SERVERS",
          "KURIR_TRUSTED_NETWORKS",
          "KURIR_PROHIBITED_NETWORKS",
          "KURIR_DESTINATION_RATE",
          "KURIR_CLIENT_RATE",
          "KURIR_MAX_HOPS",
          "KURIR_LOG_LEVEL",
          "KURIR_RELAYHOST_FILE",
          "KURIR_PASSWORD"}) {
        CAPTURE(name);
        const auto said = only(bad({{name, value}}));
        CHECK_THAT(said, !ContainsSubstring("geheim"));
        CHECK_THAT(said, ContainsSubstring(name));
    }
    auto machine = sample_host();
    machine.read = [=](const auto&) { return std::optional<std::string>(value); };
    const auto outcome = parse({{"KURIR_RELAYHOST_FILE", "/run/secrets/it"}}, machine);
    CHECK_THAT(std::get<problems>(outcome).front(), !ContainsSubstring("geheim"));
}

TEST_CASE("operating: what holds no password is shown as it is", "[config][parse]") {
    const auto* value = GENERATE("mail.example:x", "http://mail.example:25/", "ops@", "a'b");
    CAPTURE(value);
    CHECK_THAT(only(bad({{"KURIR_RELAYHOST", value}})), ContainsSubstring(value));
}

TEST_CASE("operating: words are understood in any case, and common others", "[config][parse]") {
    const auto* on = GENERATE("on", "true", "True", "yes", "YES", "1", "On");
    const auto* off = GENERATE("off", "false", "FALSE", "no", "0", "Off");
    CHECK(good({{"KURIR_HEADER_FIXUP", on}}).config.header_fixup);
    CHECK_FALSE(good({{"KURIR_HEADER_FIXUP", off}}).config.header_fixup);
    CHECK_THAT(
        only(bad({{"KURIR_HEADER_FIXUP", "maybe"}})), ContainsSubstring("neither on nor off")
    );

    CHECK(good({{"KURIR_LOG_LEVEL", "warn"}}).config.log_level == log_level::warning);
    CHECK(good({{"KURIR_LOG_LEVEL", "WARNING"}}).config.log_level == log_level::warning);
    CHECK(good({{"KURIR_LOG_LEVEL", "Notice"}}).config.log_level == log_level::notice);
    CHECK(good({{"KURIR_LOG_LEVEL", "err"}}).config.log_level == log_level::error);
    CHECK_THAT(
        only(bad({{"KURIR_LOG_LEVEL", "warnings"}})),
        ContainsSubstring("none of debug, info, notice, warning, error")
    );
}

TEST_CASE("operating: a port alone is every address", "[config][parse]") {
    const auto* text = GENERATE(":2626", "2626", "*:2626");
    CAPTURE(text);
    const auto config = good({{"KURIR_LISTEN", text}, {"KURIR_HTTP_LISTEN", text}}).config;
    REQUIRE(config.listen.size() == 1);
    CHECK(config.listen[0].endpoint.address().is_unspecified());
    CHECK(config.listen[0].endpoint.port() == 2626);
    CHECK(config.listen[0].dual_stack);
    CHECK(config.listen[0].any_family);
    CHECK(config.http_listen == config.listen[0].endpoint);
    const auto bulk = good({{"KURIR_LISTEN", std::string(text) + "?priority=bulk"}}).config;
    CHECK(bulk.listen.at(0).profile.priority == mail_priority::bulk);
}

TEST_CASE("open-relay beside ordinary networks is a mistake", "[config][parse]") {
    CHECK_THAT(
        only(bad({{"KURIR_TRUSTED_NETWORKS", "10.0.0.0/8 open-relay"}})),
        ContainsSubstring("no networks that need it")
    );
}

TEST_CASE("operating: blanks around a value are not part of it", "[config][parse]") {
    const auto* value =
        GENERATE("relay.example.org ", " relay.example.org", "relay.example.org\r\n");
    CHECK(good({{"KURIR_HOSTNAME", value}}).config.hostname == "relay.example.org");
    CHECK(good({{"KURIR_MAX_MESSAGE_SIZE", "25M\r"}}).config.max_message_size == 26'214'400);
    const auto unset = good({{"KURIR_HOSTNAME", " "}});
    CHECK(unset.config.hostname == "mx.example.org");
    CHECK(unset.entries[0].origin.given_by == source::kind::standard);
}

TEST_CASE("operating: quotes that no shell took away are pointed out", "[config][parse]") {
    const auto* value = GENERATE("\"relay.example.org\"", "'relay.example.org'");
    CHECK_THAT(only(bad({{"KURIR_HOSTNAME", value}})), EndsWith("leave them out"));
    CHECK_THAT(only(bad({{"KURIR_HOSTNAME_FILE", value}})), EndsWith("leave them out"));
    CHECK_THAT(only(bad({{"KURIR_HOSTNAME", "a b"}})), !ContainsSubstring("quotes"));
}

TEST_CASE("operating: names that others use get an answer", "[config][parse]") {
    CHECK(only(bad({{"KURIR_PORT", "25"}})) == "KURIR_PORT is no setting; use KURIR_LISTEN");
    CHECK(
        only(bad({{"KURIR_SMARTHOST", "a"}})) ==
        "KURIR_SMARTHOST is no setting; use KURIR_RELAYHOST"
    );
    CHECK(
        only(bad({{"KURIR_RELAYHOST_PASSWORD", "geheim"}})) ==
        "KURIR_RELAYHOST_PASSWORD is set, but KURIR_RELAYHOST_USERNAME is not"
    );
    CHECK_THAT(only(bad({{"KURIR_SSL_CERT", "/x"}})), EndsWith("use KURIR_TLS_CERT"));
    CHECK_THAT(only(bad({{"KURIR_OUTBOUND_TLS", "may"}})), ContainsSubstring("TLS"));
    CHECK_THAT(only(bad({{"KURIR_UPSTREAM", "geheim"}})), !ContainsSubstring("geheim"));
}

TEST_CASE(
    "operating: a queue that depends on where one starts is warned about", "[config][parse]"
) {
    CHECK_THAT(only(good({{"KURIR_QUEUE_DIR", "queue"}}).warnings), ContainsSubstring("'queue'"));
    CHECK(good({{"KURIR_QUEUE_DIR", "/queue"}}).warnings.empty());
}
