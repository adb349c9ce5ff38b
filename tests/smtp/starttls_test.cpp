// STARTTLS as the dialogue sees it (RFC 3207): when it is offered, what it is answered, and what is
// forgotten when TLS is agreed on.
#include <algorithm>
#include <string>
#include <vector>

#include "relay/smtp/server_dialogue.hpp"
#include "tests/support/catch.hpp"

using namespace kurir::smtp;

namespace {

using event = server_dialogue::event;

class reply_observer final : public server_observer {
public:
    void replied(const exchange& said) override { last = said; }
    bool more_is_waiting() override { return more; }
    exchange last;
    bool more = false;
};

// A dialogue whose driver agrees on TLS whenever it is asked to, and stores every message.
class tls_dialogue {
public:
    explicit tls_dialogue(security protection, bool trusted = true)
        : dialogue(settings_, watch, {.may_relay = trusted}) {
        dialogue.begin_as(protection);
        say("");
    }

    // All that is answered to `bytes`.
    std::string say(std::string_view bytes) {
        for (;;) {
            const auto step = dialogue.next(bytes, surroundings());
            bytes.remove_prefix(step.consumed);
            events.push_back(step.kind);
            if (step.kind == event::greet) dialogue.greet();
            if (step.kind == event::start_tls) dialogue.secured();
            if (step.kind == event::end_message) dialogue.stored("0123456789ABC");
            if (step.kind == event::need_input || step.kind == event::close) break;
        }
        std::string text;
        dialogue.take_output(text);
        return text;
    }

    std::string line(const std::string& text) { return say(text + "\r\n"); }

    bool saw(event kind) const { return std::ranges::find(events, kind) != events.end(); }
    bool closed() const { return events.back() == event::close; }

    reply_observer watch;
    std::vector<event> events;

private:
    static server_settings usual() {
        server_settings made;
        made.hostname = "relay.test";
        return made;
    }

    const server_settings settings_ = usual();

public:
    server_dialogue dialogue;
};

bool offers_tls(const std::string& reply) {
    return reply.find("STARTTLS") != std::string::npos;
}

}  // namespace

TEST_CASE("S069 STARTTLS is announced exactly where it can succeed", "[smtp]") {
    for (const auto protection : {security::offered, security::required}) {
        tls_dialogue clear(protection);
        CHECK(offers_tls(clear.line("EHLO client.example")));
        CHECK(clear.line("STARTTLS") == "220 2.0.0 Ready to start TLS\r\n");
        CHECK(clear.saw(event::start_tls));
        CHECK_FALSE(offers_tls(clear.line("EHLO client.example")));
    }
    for (const auto protection : {security::unavailable, security::active}) {
        tls_dialogue other(protection);
        CHECK_FALSE(offers_tls(other.line("EHLO client.example")));
        const auto reply = other.line("STARTTLS");
        CHECK(reply.starts_with(protection == security::active ? "503 5.5.1" : "502 5.5.1"));
        CHECK_FALSE(other.saw(event::start_tls));
    }
}

TEST_CASE("S069 STARTTLS at the wrong time or with an argument is refused", "[smtp]") {
    tls_dialogue early(security::offered);
    CHECK(early.line("STARTTLS").starts_with("503 5.5.1"));
    CHECK(early.line("HELO client.example").starts_with("250"));
    CHECK(early.line("STARTTLS").starts_with("503 5.5.1"));
    CHECK(early.line("EHLO client.example").starts_with("250"));
    CHECK(early.line("STARTTLS now").starts_with("501 5.5.4"));
    CHECK_FALSE(early.saw(event::start_tls));
    CHECK(early.line("starttls ").starts_with("220"));
    CHECK(early.saw(event::start_tls));
}

TEST_CASE("S074 whatever has come behind STARTTLS ends the session", "[smtp]") {
    const auto rest = GENERATE(
        as<std::string>{},
        "RSET\r\n",
        "EHL",
        "\r\n",
        "\n",
        "\x16\x03\x01",
        "MAIL FROM:<a@b.example>\r\n"
    );
    const auto protection = GENERATE(security::offered, security::required);
    const bool trusted = GENERATE(true, false);
    tls_dialogue one(protection, trusted);
    one.line("EHLO client.example");
    CHECK(one.say("STARTTLS\r\n" + rest).starts_with("554 5.5.1"));
    CHECK(one.closed());
    CHECK_FALSE(one.saw(event::start_tls));
    CHECK(one.watch.last.reason == reject_reason::bad_sequence);
}

TEST_CASE("S074 so does what waits in the socket", "[smtp]") {
    tls_dialogue one(security::offered);
    one.line("EHLO client.example");
    one.watch.more = true;
    CHECK(one.line("STARTTLS").starts_with("554 5.5.1"));
    CHECK(one.closed());
}

TEST_CASE("S071 EHLO and transaction are forgotten when TLS is agreed on", "[smtp]") {
    tls_dialogue one(security::offered);
    one.line("EHLO before.example");
    one.line("MAIL FROM:<a@client.example>");
    one.line("RCPT TO:<b@remote.example>");
    CHECK(one.line("STARTTLS").starts_with("220"));
    CHECK_FALSE(one.dialogue.in_transaction());
    CHECK(one.dialogue.helo().empty());
    CHECK(one.dialogue.protocol() == "SMTP");
    CHECK(one.line("DATA").starts_with("503"));
    one.line("EHLO after.example");
    CHECK(one.dialogue.helo() == "after.example");
    CHECK(one.dialogue.protocol() == "ESMTPS");
    one.line("MAIL FROM:<a@client.example> SMTPUTF8");
    CHECK(one.dialogue.protocol() == "UTF8SMTPS");
}

TEST_CASE("S071 a message that was half sent in chunks is dropped", "[smtp]") {
    tls_dialogue one(security::offered);
    one.line("EHLO client.example");
    one.line("MAIL FROM:<a@client.example>");
    one.line("RCPT TO:<b@remote.example>");
    one.say("BDAT 6\r\nhalf\r\n");
    CHECK(one.line("STARTTLS").starts_with("220"));
    CHECK(one.saw(event::drop_message));
    CHECK(one.saw(event::start_tls));
    CHECK(one.line("BDAT 0 LAST").starts_with("503"));
}

TEST_CASE("S072 a listener that requires TLS does nothing else before", "[smtp]") {
    tls_dialogue one(security::required);
    for (const auto* refused :
         {"MAIL FROM:<a@client.example>",
          "RCPT TO:<b@remote.example>",
          "VRFY a",
          "EXPN a",
          "HELP",
          "ETRN x",
          "AUTH PLAIN AGEAYg==",
          "DATA"}) {
        CAPTURE(refused);
        CHECK(one.line(refused).starts_with("530 5.7.0"));
        CHECK(one.watch.last.reason == reject_reason::tls_required);
    }
    CHECK(one.line("EHLO client.example").starts_with("250"));
    CHECK(one.line("MAIL FROM:<a@client.example>").starts_with("530 5.7.0"));
    for (const auto* done : {"NOOP", "RSET", "HELO client.example", "EHLO client.example"}) {
        CAPTURE(done);
        CHECK(one.line(done).starts_with("250"));
    }
    CHECK(one.line("STARTTLS").starts_with("220"));
    CHECK(one.line("EHLO client.example").starts_with("250"));
    CHECK(one.line("MAIL FROM:<a@client.example>").starts_with("250"));
    CHECK(one.line("QUIT").starts_with("221"));
}

TEST_CASE("S072 content behind a command that needs TLS never becomes commands", "[smtp]") {
    tls_dialogue data(security::required);
    data.line("EHLO client.example");
    data.say("DATA\r\nSubject: x\r\nQUIT\r\n");
    CHECK(data.closed());
    tls_dialogue chunk(security::required);
    chunk.line("EHLO client.example");
    CHECK(chunk.say("BDAT 6 LAST\r\nNOOP\r\n").starts_with("530 5.7.0"));
    CHECK(chunk.closed());
}

TEST_CASE("a password behind a refused AUTH is not reported", "[smtp]") {
    tls_dialogue one(security::required);
    one.line("AUTH LOGIN");
    one.line("c2VjcmV0");
    CHECK(one.watch.last.word.empty());
}
