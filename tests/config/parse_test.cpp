#include "relay/config/parse.hpp"

#include <algorithm>

#include "relay/config/settings.hpp"
#include "tests/config/sample_host.hpp"

using namespace kurir::config;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;

TEST_CASE("without variables the defaults of the design apply", "[config][parse]") {
    const auto [config, entries, warnings, notices, files] = good({{"HOME", "/root"}});

    CHECK(config.hostname == "mx.example.org");
    CHECK(config.local_domain == "mx.example.org");
    CHECK(config.postmaster == "postmaster@mx.example.org");
    REQUIRE(config.listen.size() == 1);
    CHECK(config.listen[0].endpoint.port() == 2525);
    CHECK(config.listen[0].dual_stack);
    CHECK(config.listen[0].any_family);
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
    CHECK(config.relayhost.empty());
    CHECK(config.destination_concurrency == 20);
    CHECK(config.delivery_workers == 500);
    CHECK(config.threads == 3);
    CHECK(config.http_listen.address().is_loopback());
    CHECK(config.http_listen.port() == 9925);
    CHECK(config.shutdown_grace == 30s);
    CHECK(config.log_format == log_format::automatic);
    CHECK(warnings.empty());
    CHECK(notices.empty());
    CHECK(files.empty());
    CHECK(entries.size() == settings().size());
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
    CHECK(made.entries[0].origin.given_by == source::kind::variable);
    CHECK(made.entries[1].origin.given_by == source::kind::standard);
}

TEST_CASE("an empty variable counts as unset", "[config][parse]") {
    CHECK(good({{"KURIR_RELAYHOST", ""}}).config.relayhost.empty());
    CHECK(good({{"KURIR_MAX_HOPS", ""}}).config.max_hops == 100);
}

TEST_CASE("a file gives the value without its last newline", "[config][parse]") {
    const auto made = good({{"KURIR_HOSTNAME_FILE", "/run/secrets/name"}});

    CHECK(made.config.hostname == "relay.example.net");
    CHECK(made.entries[0].origin.given_by == source::kind::file);
    CHECK(made.entries[0].origin.path == "/run/secrets/name");
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

    const auto servers = good({{"KURIR_RELAYHOST", form.text}}).config.relayhost;

    CHECK(servers == relayhost_list{{.host = form.host, .port = form.port}});
}

TEST_CASE("a relayhost that needs what is not there yet is refused", "[config][parse]") {
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
    CHECK(
        only(bad({{"KURIR_RELAYHOST", "hub.example, 127.0.0.1:2525"}})) ==
        "KURIR_RELAYHOST is one of our own KURIR_LISTEN addresses"
    );
    const auto count = [](const environment& variables) {
        return good(variables).config.relayhost.size();
    };
    CHECK(count({{"KURIR_RELAYHOST", "127.0.0.1:2526"}}) == 1);
    CHECK(count({{"KURIR_RELAYHOST", "127.0.0.1:25"}, {"KURIR_LISTEN", "192.0.2.1:25"}}) == 1);
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
    CHECK(listen[0].profile.priority == mail_priority::normal);
    CHECK(listen[1].profile.priority == mail_priority::bulk);
    CHECK(listen[2].profile.priority == mail_priority::urgent);
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

TEST_CASE("A8 A12 A16 the defaults for a message's content", "[config][parse]") {
    const auto config = good({}).config;
    CHECK(config.bare_newline == newline_policy::normalize);
    CHECK(config.max_header_size == 1'048'576);
    CHECK(config.keep_headers.empty());
    CHECK(good({{"KURIR_BARE_NEWLINE", "reject"}}).config.bare_newline == newline_policy::reject);
}

TEST_CASE("A12 the fields to keep are a list of names in any case", "[config][parse]") {
    const auto kept =
        good({{"KURIR_KEEP_HEADERS", "Bcc, RESENT-BCC: X-Other"}}).config.keep_headers;
    CHECK(kept == std::vector<std::string>{"bcc", "resent-bcc", "x-other"});
    CHECK_THAT(only(bad({{"KURIR_KEEP_HEADERS", "B\xc3\xa4"}})), ContainsSubstring("no name"));
    CHECK_THAT(only(bad({{"KURIR_KEEP_HEADERS", ":"}})), ContainsSubstring("no name"));
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
