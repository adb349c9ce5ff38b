#include "relay/smtp/xclient.hpp"

#include <string>

#include "relay/smtp/server_dialogue.hpp"
#include "tests/support/catch.hpp"

using namespace kurir::smtp;
using namespace std::string_literals;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::StartsWith;

namespace {

// A dialogue with a proxy, whose clients may relay if they are called "friend".
struct proxy_conversation : server_observer {
    explicit proxy_conversation(client_rights rights) : dialogue(settings, *this, rights) {
        settings.hostname = "relay.test";
        dialogue.greet();
        dialogue.take_output(replies);
    }

    judgement replaces(const client_claims& claims) override {
        ++told;
        const bool may = claims.login.value == "friend";
        return {.rights = {.may_relay = may}, .refused = refused};
    }
    void replied(const exchange& exchange) override { last = exchange.reason; }

    std::string ask(const std::string& line) {
        const auto bytes = line + "\r\n";
        std::string_view rest = bytes;
        while (!rest.empty()) {
            const auto step = dialogue.next(rest, {});
            rest.remove_prefix(step.consumed);
            closed = step.kind == server_dialogue::event::close;
            if (closed) break;
        }
        dialogue.take_output(replies);
        return replies;
    }

    server_settings settings;
    server_dialogue dialogue;
    std::string replies;
    std::optional<farewell> refused;
    reject_reason last = reject_reason::none;
    int told = 0;
    bool closed = false;
};

constexpr client_rights proxy{.may_relay = true, .may_name_client = true};

}  // namespace

TEST_CASE("XCLIENT: each attribute has its value", "[smtp]") {
    const auto claims = parse_xclient(
        "NAME=mail.example ADDR=192.0.2.1 PORT=4711 PROTO=ESMTP HELO=client.example LOGIN=billing "
        "DESTADDR=198.51.100.1 DESTPORT=587"
    );
    REQUIRE(claims);
    CHECK(claims->name.value == "mail.example");
    CHECK(claims->address.value == "192.0.2.1");
    CHECK(claims->port.value == 4711);
    CHECK(claims->extended.value == true);
    CHECK(claims->helo.value == "client.example");
    CHECK(claims->login.value == "billing");
    CHECK(claims->server_address.value == "198.51.100.1");
    CHECK(claims->server_port.value == 587);
}

TEST_CASE("XCLIENT: attributes may be few, in any case, and of any order", "[smtp]") {
    const auto claims = parse_xclient("\taddr=IPv6:2001:db8::1  proto=smtp ");
    REQUIRE(claims);
    CHECK(claims->address.value == "2001:db8::1");
    CHECK(claims->extended.value == false);
    CHECK_FALSE(claims->name.given);
    CHECK(parse_xclient("ADDR=2001:db8::1")->address.value == "2001:db8::1");
}

TEST_CASE("XCLIENT: a value that is not known differs from one that is not given", "[smtp]") {
    const auto* const unknown = GENERATE("[UNAVAILABLE]", "[TEMPUNAVAIL]", "[unavailable]");
    const auto claims =
        parse_xclient("ADDR="s + unknown + " LOGIN=" + unknown + " PORT=" + unknown);
    REQUIRE(claims);
    CHECK(claims->address == told<std::string>{.given = true});
    CHECK(claims->login == told<std::string>{.given = true});
    CHECK(claims->port == told<std::uint16_t>{.given = true});
    CHECK(claims->name == told<std::string>{});
}

TEST_CASE("XCLIENT: values are xtext", "[smtp]") {
    CHECK(parse_xclient("HELO=a+20b")->helo.value == "a b");
    CHECK(parse_xclient("LOGIN=j+C3+BCrgen+2Bx")->login.value == "j\xc3\xbcrgen+x");
    CHECK(parse_xclient("LOGIN=a+3db")->login.value == "a=b");
    CHECK(parse_xclient("LOGIN=a=b")->login.value == "a=b");
}

TEST_CASE("XCLIENT: any mistake refuses all of it", "[smtp]") {
    const auto argument = GENERATE(
        ""s,
        "ADDR"s,
        "ADDR="s,
        "ADDR=192.0.2"s,
        "ADDR=192.0.2.1.1"s,
        "ADDR=IPV6:192.0.2.1"s,
        "ADDR=[192.0.2.1]"s,
        "ADDR=fe80::1%eth0"s,
        "ADDR=unknown"s,
        "ADDR=192.0.2.1 ADDR=192.0.2.2"s,
        "ADDR=[UNAVAILABLE] ADDR=192.0.2.2"s,
        "PORT=65536"s,
        "PORT=-1"s,
        "PORT=25x"s,
        "PROTO=LMTP"s,
        "NAME=a+20b"s,
        "NAME="s + std::string(256, 'x'),
        "LOGIN="s + std::string(256, 'x'),
        "LOGIN=a+00b"s,
        "LOGIN=a+0D+0Ab"s,
        "LOGIN=a+7Fb"s,
        "LOGIN=a+C3"s,
        "LOGIN=cert:proxy.example"s,
        "LOGIN=+43ERT:proxy.example"s,
        "HELO=a+2"s,
        "HELO=a+"s,
        "HELO=a+2X"s,
        "HELO=+"s,
        "COLOUR=red"s,
        "ADDR=192.0.2.1 COLOUR=red"s,
        "ADDR=192.0.2.1,NAME=x"s
    );
    CAPTURE(argument);
    CHECK_FALSE(parse_xclient(argument));
}

TEST_CASE("XCLIENT is offered to those who may say it, and to nobody else", "[smtp]") {
    proxy_conversation with_proxy(proxy);
    CHECK_THAT(
        with_proxy.ask("EHLO proxy.example"),
        ContainsSubstring("XCLIENT NAME ADDR PORT PROTO HELO LOGIN DESTADDR DESTPORT\r\n")
    );
    proxy_conversation with_client({.may_relay = true});
    CHECK_THAT(with_client.ask("EHLO client.example"), !ContainsSubstring("XCLIENT"));
    CHECK_THAT(with_client.ask("XCLIENT ADDR=192.0.2.1"), StartsWith("550 5.7.1"));
    CHECK(with_client.last == reject_reason::proxy_denied);
    CHECK(with_client.told == 0);
    CHECK_FALSE(with_client.closed);
    proxy_conversation with_stranger({});
    CHECK_THAT(with_stranger.ask("XCLIENT ADDR=127.0.0.1"), StartsWith("550 5.7.1"));
    CHECK(with_stranger.told == 0);
}

TEST_CASE("XCLIENT begins the session again, with the rights of the client", "[smtp]") {
    proxy_conversation session(proxy);
    session.ask("EHLO proxy.example");
    CHECK(session.ask("XCLIENT ADDR=192.0.2.1") == "220 relay.test ESMTP Kurir\r\n");
    CHECK_FALSE(session.dialogue.trusted());
    CHECK_THAT(session.ask("MAIL FROM:<a@client.example>"), StartsWith("503"));
    CHECK_THAT(session.ask("EHLO client.example"), !ContainsSubstring("XCLIENT"));
    session.ask("MAIL FROM:<a@client.example>");
    CHECK_THAT(session.ask("RCPT TO:<b@remote.example>"), StartsWith("550 5.7.1"));
    // What the client says passes through the proxy: it can't name itself anew.
    CHECK_THAT(session.ask("RSET"), StartsWith("250"));
    CHECK_THAT(session.ask("XCLIENT LOGIN=friend"), StartsWith("550"));
    CHECK(session.told == 1);
}

TEST_CASE("XCLIENT: a told HELO counts until the client says its own", "[smtp]") {
    proxy_conversation session(proxy);
    session.ask("XCLIENT LOGIN=friend HELO=client.example PROTO=ESMTP");
    CHECK(session.dialogue.helo() == "client.example");
    CHECK(session.dialogue.protocol() == "ESMTP");
    CHECK_THAT(session.ask("MAIL FROM:<a@client.example>"), StartsWith("250"));
    session.ask("EHLO other.example");
    CHECK(session.dialogue.helo() == "other.example");

    proxy_conversation old(proxy);
    old.ask("XCLIENT LOGIN=friend HELO=client.example PROTO=SMTP");
    CHECK(old.dialogue.protocol() == "SMTP");
}

TEST_CASE("XCLIENT is refused in a transaction, with a mistake, and for lack of room", "[smtp]") {
    proxy_conversation session(proxy);
    session.ask("EHLO proxy.example");
    CHECK_THAT(session.ask("XCLIENT ADDR=nonsense"), StartsWith("501 5.5.4"));
    CHECK_THAT(session.ask("XCLIENT"), StartsWith("501 5.5.4"));
    session.ask("MAIL FROM:<a@client.example>");
    CHECK_THAT(session.ask("XCLIENT ADDR=192.0.2.1"), StartsWith("503 5.5.1"));
    CHECK(session.told == 0);
    session.ask("RSET");
    session.refused = farewell::too_many_of_client;
    CHECK_THAT(session.ask("XCLIENT ADDR=192.0.2.1"), StartsWith("421 4.3.2"));
}

TEST_CASE("A PROXY header that nobody expects ends the session, whoever sends it", "[smtp]") {
    const auto rights = GENERATE(client_rights{}, client_rights{.may_relay = true}, proxy);
    const auto line = GENERATE("PROXY TCP4 192.0.2.1 192.0.2.2 1 2"s, "proxy unknown"s, "\0"s);
    proxy_conversation session(rights);
    session.ask("");  // as version 2 begins
    CHECK_THAT(session.ask(line), StartsWith("550 5.7.1"));
    CHECK(session.last == reject_reason::proxy_denied);
    session.ask("NOOP");
    CHECK(session.closed);
}
