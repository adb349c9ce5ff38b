#include "relay/config/parse.hpp"

#include <algorithm>

#include "relay/config/settings.hpp"
#include "tests/support/catch.hpp"

using namespace kurir::config;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;

namespace {

host sample_host() {
    return {
        .name = "mx.example.org",
        .cpus = 3,
        .read = [](const std::filesystem::path& path) -> std::optional<std::string> {
            if (path == "/run/secrets/name") return "relay.example.net\n";
            if (path == "/run/secrets/lines") return "relay.example.net\n\n";
            return std::nullopt;
        },
    };
}

loaded good(const environment& variables) {
    auto outcome = parse(variables, sample_host());
    if (auto* wrong = std::get_if<problems>(&outcome)) {
        for (const auto& each : *wrong)
            UNSCOPED_INFO(each);
    }
    REQUIRE(std::holds_alternative<loaded>(outcome));
    return std::get<loaded>(outcome);
}

problems bad(const environment& variables) {
    auto outcome = parse(variables, sample_host());
    REQUIRE(std::holds_alternative<problems>(outcome));
    return std::get<problems>(outcome);
}

std::string only(const problems& all) {
    REQUIRE(all.size() == 1);
    return all.front();
}

}  // namespace

TEST_CASE("without variables the defaults of the design apply", "[config][parse]") {
    const auto [config, sources, warnings, notices] = good({{"HOME", "/root"}});

    CHECK(config.hostname == "mx.example.org");
    CHECK(config.local_domain == "mx.example.org");
    CHECK(config.postmaster == "postmaster@mx.example.org");
    REQUIRE(config.listen.size() == 1);
    CHECK(config.listen[0].endpoint.port() == 2525);
    CHECK(config.listen[0].dual_stack);
    CHECK(config.listen[0].any_family);
    CHECK_FALSE(config.open_relay);
    CHECK(config.max_message_size == 26'214'400);
    CHECK(config.max_recipients == 1000);
    CHECK(config.max_sessions == 2000);
    CHECK(config.max_sessions_per_client == 200);
    CHECK(config.max_line_length == 65536);
    CHECK(config.header_fixup);
    CHECK(config.queue_dir == "/var/lib/kurir/queue");
    CHECK(config.queue_min_free == 536'870'912);
    CHECK(config.max_queue_time == 96h);
    CHECK(config.retry_min == 5min);
    CHECK(config.retry_max == 2h);
    CHECK_FALSE(config.relayhost);
    CHECK(config.destination_concurrency == 20);
    CHECK(config.delivery_workers == 500);
    CHECK(config.threads == 3);
    CHECK(config.http_listen.address().is_loopback());
    CHECK(config.http_listen.port() == 9925);
    CHECK(config.shutdown_grace == 30s);
    CHECK(config.log_format == log_format::automatic);
    CHECK(warnings.empty());
    CHECK(notices.empty());
}

TEST_CASE("the timeouts of the client are those of RFC 5321 4.5.3.2", "[config][parse]") {
    const auto config = good({}).config;

    CHECK(config.command_timeout == 5min);
    CHECK(config.remote_greeting_timeout == 5min);
    CHECK(config.remote_command_timeout == 5min);
    CHECK(config.remote_data_timeout == 2min);
    CHECK(config.remote_block_timeout == 3min);
    CHECK(config.remote_final_timeout == 10min);
}

TEST_CASE("only loopback may relay by default", "[config][parse]") {
    const auto& trusted = good({}).config.trusted_networks;

    CHECK(trusted.contains(boost::asio::ip::make_address("127.0.0.1")));
    CHECK(trusted.contains(boost::asio::ip::make_address("::1")));
    CHECK_FALSE(trusted.contains(boost::asio::ip::make_address("10.0.0.1")));
}

TEST_CASE(
    "a variable replaces its default, and it is known where it came from", "[config][parse]"
) {
    const auto made = good({{"KURIR_HOSTNAME", "a.example"}, {"KURIR_MAX_MESSAGE_SIZE", "1M"}});

    CHECK(made.config.hostname == "a.example");
    CHECK(made.config.max_message_size == 1'048'576);
    CHECK(made.sources[0].from == source::kind::variable);
    CHECK(made.sources[1].from == source::kind::standard);
}

TEST_CASE("an empty variable counts as unset", "[config][parse]") {
    CHECK_FALSE(good({{"KURIR_RELAYHOST", ""}}).config.relayhost);
    CHECK(good({{"KURIR_MAX_HOPS", ""}}).config.max_hops == 100);
}

TEST_CASE("a file gives the value without its last newline", "[config][parse]") {
    const auto made = good({{"KURIR_HOSTNAME_FILE", "/run/secrets/name"}});

    CHECK(made.config.hostname == "relay.example.net");
    CHECK(made.sources[0].from == source::kind::file);
    CHECK(made.sources[0].path == "/run/secrets/name");
    CHECK_THAT(
        only(bad({{"KURIR_HOSTNAME_FILE", "/run/secrets/lines"}})),
        ContainsSubstring("KURIR_HOSTNAME_FILE: ")
    );
}

TEST_CASE("both forms of a variable, or an unreadable file, are mistakes", "[config][parse]") {
    CHECK(
        only(bad({{"KURIR_HOSTNAME", "a.example"}, {"KURIR_HOSTNAME_FILE", "/run/secrets/name"}})
        ) == "KURIR_HOSTNAME and KURIR_HOSTNAME_FILE are both set; keep one"
    );
    CHECK(
        only(bad({{"KURIR_POSTMASTER_FILE", "/none"}})) ==
        "KURIR_POSTMASTER_FILE names '/none', which can't be read"
    );
}

TEST_CASE("every mistake is reported at once, with name and valid range", "[config][parse]") {
    const auto all = bad(
        {{"KURIR_MAX_MESSAGE_SIZE", "25MX"},
         {"KURIR_RETRY_MIN", "5"},
         {"KURIR_THREADS", "1000"},
         {"KURIR_BARE_NEWLINE", "refuse"},
         {"KURIR_MAX_MESAGE_SIZE", "1M"}}
    );

    REQUIRE(all.size() == 5);
    CHECK(
        all[0] ==
        "KURIR_MAX_MESSAGE_SIZE: '25MX' is not a size from 1K to 2G, such as 25M (K, M, "
        "G or T)"
    );
    CHECK(all[1] == "KURIR_BARE_NEWLINE: 'refuse' is none of reject, normalize");
    CHECK_THAT(
        all[2], ContainsSubstring("KURIR_RETRY_MIN: '5' is not a duration from 100ms to 1d")
    );
    CHECK(all[3] == "KURIR_THREADS: '1000' is not a number from 0 to 256");
    CHECK(all[4] == "KURIR_MAX_MESAGE_SIZE is no setting; did you mean KURIR_MAX_MESSAGE_SIZE?");
}

TEST_CASE("the hint for an unknown name is left out when nothing is near", "[config][parse]") {
    CHECK(
        only(bad({{"KURIR_COLOUR_OF_THE_BIKE_SHED", "red"}})) ==
        "KURIR_COLOUR_OF_THE_BIKE_SHED is no setting"
    );
    CHECK_THAT(
        only(bad({{"KURIR_HOSTNAME_FIEL", "x"}})),
        ContainsSubstring("did you mean KURIR_HOSTNAME_FILE?")
    );
}

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

TEST_CASE("operating: variables of other images are pointed out", "[config][parse]") {
    CHECK(
        only(good({{"RELAYHOST", "[mail.example]:587"}}).warnings) ==
        "RELAYHOST is not read: use KURIR_RELAYHOST"
    );
    CHECK(
        only(good({{"SMTP_SERVER", "a.example"}, {"SMTP_PORT", "587"}}).warnings) ==
        "SMTP_PORT, SMTP_SERVER are not read: use KURIR_RELAYHOST"
    );
    CHECK(
        only(good({{"POSTFIX_myhostname", "a.example"}, {"MAILNAME", "a.example"}}).warnings) ==
        "MAILNAME, POSTFIX_myhostname are not read: use KURIR_HOSTNAME"
    );
    CHECK_THAT(
        only(good({{"RELAYHOST_PASSWORD_FILE", "/run/secrets/it"}}).warnings),
        ContainsSubstring("can't log in")
    );
    CHECK_THAT(
        only(good({{"POSTFIX_smtpd_relay_restrictions", "x"}}).warnings),
        ContainsSubstring("Postfix's parameters")
    );
    const auto warning = only(good({{"RELAYHOST_PASSWORD", "geheim"}}).warnings);
    CHECK_THAT(warning, !ContainsSubstring("geheim"));
}

TEST_CASE("operating: other variables are nobody's business", "[config][parse]") {
    CHECK(good({{"RELAYHOST", "a"}, {"KURIR_RELAYHOST", "mail.example"}}).warnings.empty());
    CHECK(good({{"RELAYHOST", ""}, {"HOSTNAME", "x"}, {"PATH", "/bin"}}).warnings.empty());
    CHECK(good({{"SMTP_PORT", "tcp://10.0.0.1:25"}}).warnings.empty());  // a Service called smtp
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
    CHECK(made.config.open_relay);
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
    CHECK_FALSE(good({{"KURIR_TRUSTED_NETWORKS", networks}}).config.open_relay);
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
    CHECK(bulk.listen.at(0).priority == kurir::queue::priority::bulk);
}

TEST_CASE("open-relay beside ordinary networks is a mistake", "[config][parse]") {
    CHECK_THAT(
        only(bad({{"KURIR_TRUSTED_NETWORKS", "10.0.0.0/8 open-relay"}})),
        ContainsSubstring("no networks that need it")
    );
}

TEST_CASE("a relayhost has many forms", "[config][parse]") {
    struct form {
        const char* text;
        const char* host;
        std::uint16_t port;
    };
    const auto form = GENERATE(values<struct form>({
        {"mail.example", "mail.example", 25},
        {"mail.example:587", "mail.example", 587},
        {"[mail.example]", "mail.example", 25},
        {"[mail.example]:2525", "mail.example", 2525},
        {"192.0.2.1:26", "192.0.2.1", 26},
        {"[2001:db8::1]:26", "2001:db8::1", 26},
        {"2001:db8::1", "2001:db8::1", 25},
        {"smtp://mail.example:26", "mail.example", 26},
        {"smtp://mail.example/", "mail.example", 25},
        {"localhost:10025", "localhost", 10025},
    }));
    CAPTURE(form.text);

    const auto relayhost = good({{"KURIR_RELAYHOST", form.text}}).config.relayhost;

    REQUIRE(relayhost);
    CHECK(relayhost->host == form.host);
    CHECK(relayhost->port == form.port);
}

TEST_CASE("a relayhost that needs what is not there yet is refused", "[config][parse]") {
    CHECK_THAT(
        only(bad({{"KURIR_RELAYHOST", "smtps://mail.example"}})), ContainsSubstring("asks for TLS")
    );
    CHECK_THAT(
        only(bad({{"KURIR_RELAYHOST", "smtp+starttls://mail.example:587"}})),
        ContainsSubstring("asks for TLS")
    );
    CHECK_THAT(
        only(bad({{"KURIR_RELAYHOST", "smtp://me:word@mail.example"}})),
        ContainsSubstring("user name or password")
    );
    const auto* text = GENERATE(
        "a b",
        "mail.example:0",
        "mail.example:x",
        "[mail.example",
        "256.1.1.1",
        "http://mail.example",
        ":25",
        "-a.example"
    );
    CAPTURE(text);
    CHECK_THAT(only(bad({{"KURIR_RELAYHOST", text}})), ContainsSubstring("is no server"));
}

TEST_CASE("the relayhost may not be ourselves", "[config][parse]") {
    CHECK(
        only(bad({{"KURIR_RELAYHOST", "127.0.0.1:2525"}})) ==
        "KURIR_RELAYHOST is one of our own KURIR_LISTEN addresses"
    );
    CHECK(good({{"KURIR_RELAYHOST", "127.0.0.1:2526"}}).config.relayhost);
    CHECK(good({{"KURIR_RELAYHOST", "127.0.0.1:25"}, {"KURIR_LISTEN", "192.0.2.1:25"}})
              .config.relayhost);
}

TEST_CASE("several addresses to listen on", "[config][parse]") {
    const auto listen =
        good({{"KURIR_LISTEN", "0.0.0.0:25, [::]:25 [::]:587,127.0.0.1:0 127.0.0.1:0"}})
            .config.listen;

    REQUIRE(listen.size() == 5);
    CHECK(listen[0].endpoint.address().is_v4());
    CHECK_FALSE(listen[0].any_family);
    CHECK_FALSE(listen[1].dual_stack);  // 0.0.0.0 has the port
    CHECK(listen[2].dual_stack);
    CHECK(listen[3].endpoint.port() == 0);
}

TEST_CASE("a listener's mail may have a priority", "[config][parse]") {
    const auto outcome =
        good({{"KURIR_LISTEN", "[::]:25 127.0.0.1:26?priority=bulk [::1]:27?priority=urgent"}});
    const auto& listen = outcome.config.listen;
    REQUIRE(listen.size() == 3);
    CHECK(listen[0].priority == kurir::queue::priority::normal);
    CHECK(listen[1].priority == kurir::queue::priority::bulk);
    CHECK(listen[2].priority == kurir::queue::priority::urgent);
    CHECK(listen[2].endpoint.port() == 27);
    const auto row = std::ranges::find(settings(), "KURIR_LISTEN", &setting::name);
    CHECK(
        row->show(outcome.config) == "[::]:25 127.0.0.1:26?priority=bulk [::1]:27?priority=urgent"
    );

    const auto* text =
        GENERATE("?priority=", "?priority=high", "?priority=Bulk", "?prio=bulk", "?");
    CAPTURE(text);
    CHECK_THAT(
        only(bad({{"KURIR_LISTEN", std::string("127.0.0.1:25") + text}})),
        ContainsSubstring("?priority=urgent, ?priority=normal or ?priority=bulk")
    );
    CHECK_THAT(
        only(bad({{"KURIR_LISTEN", "127.0.0.1:25 127.0.0.1:25?priority=bulk"}})),
        ContainsSubstring("twice")
    );
}

TEST_CASE("an address to listen on that is none is named", "[config][parse]") {
    const auto* text = GENERATE(
        ":", "70000", ":smtp", "localhost:25", "127.0.0.1", "127.0.0.1:70000", "[::1:25", "::1:25x"
    );
    CAPTURE(text);
    CHECK_THAT(only(bad({{"KURIR_LISTEN", text}})), ContainsSubstring("not address:port"));
    CHECK_THAT(only(bad({{"KURIR_HTTP_LISTEN", text}})), ContainsSubstring("not address:port"));
    CHECK_THAT(
        only(bad({{"KURIR_LISTEN", "127.0.0.1:25 127.0.0.1:25"}})), ContainsSubstring("twice")
    );
    CHECK_THAT(only(bad({{"KURIR_LISTEN", ","}})), ContainsSubstring("names no address"));
}

TEST_CASE("limits for clients and senders are rates", "[config][parse]") {
    const auto outcome = good({{"KURIR_CLIENT_RATE", "100/s"}, {"KURIR_SENDER_RATE", "5000/h"}});
    CHECK(rate_text(*outcome.config.client_rate) == "100/s");
    CHECK(rate_text(*outcome.config.sender_rate) == "5000/h");
    CHECK_FALSE(good({}).config.client_rate);
    const auto* text = GENERATE("100", "0/s", "1/0", "-1/s", "1.5/s", "10/", "/s", "1/week");
    CAPTURE(text);
    CHECK_THAT(only(bad({{"KURIR_CLIENT_RATE", text}})), ContainsSubstring("KURIR_CLIENT_RATE: "));
}

TEST_CASE("name servers are addresses, with a port or without", "[config][parse]") {
    CHECK(
        good({{"KURIR_DNS_SERVERS", "192.0.2.1 192.0.2.2:5353,[::1]:53"}}).config.dns_servers ==
        std::vector<std::string>{"192.0.2.1", "192.0.2.2:5353", "[::1]:53"}
    );
    CHECK_THAT(
        only(bad({{"KURIR_DNS_SERVERS", "dns.example"}})), ContainsSubstring("'dns.example'")
    );
}

TEST_CASE("the name must be a host name, and without a dot it is warned about", "[config][parse]") {
    CHECK(good({{"KURIR_HOSTNAME", "relay"}}).warnings.size() == 1);
    const auto* text = GENERATE(
        "a_b.example",
        "192.0.2.1",
        "-a.example",
        "a..example",
        "a.example.",
        "m\xc3\xbcll.example",
        "a b"
    );
    CAPTURE(text);
    CHECK_THAT(only(bad({{"KURIR_HOSTNAME", text}})), ContainsSubstring("is not a host name"));

    auto machine = sample_host();
    machine.name = "my_pod";
    const auto outcome = parse({}, machine);
    REQUIRE(std::holds_alternative<problems>(outcome));
    CHECK_THAT(std::get<problems>(outcome)[0], ContainsSubstring("KURIR_HOSTNAME is not set"));
}

TEST_CASE("the postmaster is an address", "[config][parse]") {
    CHECK(
        good({{"KURIR_POSTMASTER", "ops+mail@example.org"}}).config.postmaster ==
        "ops+mail@example.org"
    );
    const auto* text =
        GENERATE("ops", "@example.org", "ops@", "<ops@example.org>", "a b@example.org");
    CAPTURE(text);
    CHECK_THAT(only(bad({{"KURIR_POSTMASTER", text}})), ContainsSubstring("is not a mail address"));
}

TEST_CASE("A11 H13 the local domain and the postmaster follow the host's name", "[config][parse]") {
    const auto named = good({{"KURIR_HOSTNAME", "relay"}}).config;
    CHECK(named.local_domain.empty());
    CHECK(named.postmaster.empty());
    const auto full = good({{"KURIR_HOSTNAME", "relay.example.org"}}).config;
    CHECK(full.local_domain == "relay.example.org");
    CHECK(full.postmaster == "postmaster@relay.example.org");
    const auto given =
        good({{"KURIR_HOSTNAME", "relay"}, {"KURIR_LOCAL_DOMAIN", "example.org"}}).config;
    CHECK(given.local_domain == "example.org");
    CHECK(given.postmaster == "postmaster@example.org");
    const auto both =
        good({{"KURIR_LOCAL_DOMAIN", "example.org"}, {"KURIR_POSTMASTER", "ops@example.net"}});
    CHECK(both.config.postmaster == "ops@example.net");
}

TEST_CASE("A11 the local domain is a domain name with a dot", "[config][parse]") {
    const auto* text =
        GENERATE("localhost", "10.0.0.1", ".example.org", "example.org.", "a@b.org", "a b.org");
    CAPTURE(text);
    CHECK_THAT(
        only(bad({{"KURIR_LOCAL_DOMAIN", text}})), ContainsSubstring("is not a domain name")
    );
}

TEST_CASE(
    "pauses must make sense together, short final timeouts are warned about", "[config][parse]"
) {
    CHECK(
        only(bad({{"KURIR_RETRY_MIN", "1h"}, {"KURIR_RETRY_MAX", "30m"}})) ==
        "KURIR_RETRY_MIN is longer than KURIR_RETRY_MAX"
    );
    CHECK(good({{"KURIR_REMOTE_FINAL_TIMEOUT", "9m"}}).warnings.size() == 1);
}
