// AUTH as the dialogue sees it (RFC 4954): what is offered, when it is refused, which lines answer
// a challenge, and what a login changes.
#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "relay/smtp/server_dialogue.hpp"
#include "tests/support/catch.hpp"

using namespace kurir::smtp;

namespace {

using event = server_dialogue::event;

class login_observer final : public server_observer {
public:
    void replied(const exchange& said) override {
        last = said;
        word = said.word;
    }
    std::vector<std::string_view> mechanisms(bool secure) override {
        return secure ? under_tls : in_clear;
    }
    exchange last;
    std::string word;
    std::vector<std::string_view> in_clear = {"SCRAM-SHA-256"};
    std::vector<std::string_view> under_tls = {"SCRAM-SHA-256", "PLAIN", "LOGIN"};
};

// A dialogue whose driver asks for `challenges` and then says whether the login succeeds.
class login_dialogue {
public:
    explicit login_dialogue(
        login_policy policy = login_policy::offer,
        security protection = security::active,
        bool trusted = false
    )
        : dialogue(settings_, watch, {.may_relay = trusted}) {
        dialogue.begin_as(protection);
        dialogue.offer_login(policy);
        say("");
    }

    // All that is answered to `bytes`.
    std::string say(std::string_view bytes) {
        std::string unread = unread_ + std::string(bytes);
        std::string_view rest = unread;
        for (;;) {
            const auto step = dialogue.next(rest, surroundings());
            events.push_back(step.kind);
            act(step);
            rest.remove_prefix(step.consumed);
            if (step.kind == event::need_input || step.kind == event::close) break;
        }
        unread_ = rest;
        CHECK(dialogue.line_max() > unread_.size());
        std::string text;
        dialogue.take_output(text);
        return text;
    }

    std::string line(const std::string& text) { return say(text + "\r\n"); }
    void hello() { REQUIRE(line("EHLO client.example").starts_with("250")); }
    bool saw(event kind) const { return std::ranges::count(events, kind) > 0; }
    bool closed() const { return events.back() == event::close; }

    login_observer watch;
    std::vector<event> events;
    std::vector<std::string> heard;  // initial responses and answers
    std::vector<std::string> challenges;
    std::optional<login_refusal> refusal;

private:
    void act(const server_dialogue::step& step) {
        if (step.kind == event::greet) dialogue.greet();
        if (step.kind == event::start_tls) dialogue.secured();
        if (step.kind != event::begin_login && step.kind != event::login_response) return;
        heard.emplace_back(step.bytes);
        if (!challenges.empty()) {
            dialogue.challenge(challenges.front());
            challenges.erase(challenges.begin());
        } else if (refusal) {
            dialogue.refuse_login(*refusal);
        } else {
            dialogue.logged_in({.may_relay = true, .has_credential = true});
        }
    }

    static server_settings usual() {
        server_settings made;
        made.hostname = "relay.test";
        return made;
    }

    const server_settings settings_ = usual();
    std::string unread_;

public:
    server_dialogue dialogue;
};

std::string offer_in(const std::string& reply) {
    const auto at = reply.find("AUTH");
    return at == std::string::npos ? "" : reply.substr(at, reply.find("\r\n", at) - at);
}

}  // namespace

TEST_CASE("S075 EHLO offers what can succeed, and only that", "[smtp]") {
    const auto offer = [](login_policy policy, security protection) {
        login_dialogue session(policy, protection);
        return offer_in(session.line("EHLO client.example"));
    };
    for (const auto policy : {login_policy::offer, login_policy::require}) {
        CHECK(offer(policy, security::active) == "AUTH SCRAM-SHA-256 PLAIN LOGIN");
        CHECK(offer(policy, security::offered) == "AUTH SCRAM-SHA-256");
        CHECK(offer(policy, security::unavailable) == "AUTH SCRAM-SHA-256");
    }
    CHECK(offer(login_policy::off, security::active).empty());

    login_dialogue nobody;
    nobody.watch.under_tls.clear();
    CHECK(offer_in(nobody.line("EHLO client.example")).empty());
    login_dialogue old;
    CHECK(old.line("HELO client.example") == "250 relay.test\r\n");
}

TEST_CASE("S075 a mechanism that is not offered is refused", "[smtp]") {
    login_dialogue secure;
    secure.hello();
    for (const auto* name : {"CRAM-MD5", "DIGEST-MD5", "GSSAPI", "EXTERNAL", "X", "PLAINX"})
        CHECK(secure.line(std::string("AUTH ") + name + " AGEAYg==").starts_with("504 5.5.4"));
    CHECK_FALSE(secure.saw(event::begin_login));

    login_dialogue clear(login_policy::offer, security::offered);
    clear.hello();
    CHECK(clear.line("AUTH PLAIN AGEAYg==").starts_with("538 5.7.11"));
    CHECK(clear.line("AUTH login").starts_with("538 5.7.11"));
    CHECK(clear.line("AUTH CRAM-MD5").starts_with("504 5.5.4"));
    CHECK_FALSE(clear.saw(event::begin_login));

    login_dialogue off(login_policy::off);
    off.hello();
    CHECK(off.line("AUTH PLAIN AGEAYg==").starts_with("502 5.5.1"));
    CHECK(off.watch.last.reason == reject_reason::auth_not_offered);
}

TEST_CASE("S075 names of mechanisms are read in any case", "[smtp]") {
    for (const auto* name : {"PLAIN", "plain", "Plain"}) {
        login_dialogue session;
        session.hello();
        CHECK(session.line(std::string("auth ") + name + " AGEAYg==").starts_with("235 2.7.0"));
        CHECK(session.dialogue.mechanism() == "PLAIN");
    }
}

TEST_CASE("S075 AUTH with a bad argument is refused", "[smtp]") {
    login_dialogue session;
    session.hello();
    for (const auto* text :
         {"AUTH", "AUTH ", "AUTH PLAIN a b", "AUTH PLAIN=AGEAYg==", "AUTH A23456789012345678901"}) {
        CAPTURE(text);
        CHECK(session.line(text).starts_with("501 5.5.4"));
    }
    CHECK(session.line("AUTH PLAIN \xc3\xb6").starts_with("501"));
    CHECK(session.line("AUTH PLAIN a\x01").starts_with("501"));
    CHECK_FALSE(session.saw(event::begin_login));
}

TEST_CASE("S076 AUTH belongs after EHLO, before a transaction, and once", "[smtp]") {
    login_dialogue session(login_policy::offer, security::active, true);
    CHECK(session.line("AUTH PLAIN AGEAYg==").starts_with("503 5.5.1"));
    CHECK(session.line("HELO client.example").starts_with("250"));
    CHECK(session.line("AUTH PLAIN AGEAYg==").starts_with("503 5.5.1"));
    session.hello();
    CHECK(session.line("MAIL FROM:<a@client.example>").starts_with("250"));
    CHECK(session.line("AUTH PLAIN AGEAYg==").starts_with("503 5.5.1"));
    CHECK_FALSE(session.saw(event::begin_login));
    CHECK(session.dialogue.in_transaction());
    CHECK(session.line("RSET").starts_with("250"));
    CHECK(session.line("AUTH PLAIN AGEAYg==").starts_with("235 2.7.0"));
    CHECK(session.line("AUTH PLAIN AGEAYg==").starts_with("503 5.5.1"));
    CHECK(offer_in(session.line("EHLO client.example")).empty());
    CHECK(session.line("AUTH LOGIN").starts_with("503 5.5.1"));
}

TEST_CASE("S077 initial responses and answers reach the driver as they came", "[smtp]") {
    login_dialogue session;
    session.hello();
    session.challenges = {"", "VXNlcm5hbWU6"};
    CHECK(session.line("AUTH LOGIN") == "334 \r\n");
    CHECK(session.line("") == "334 VXNlcm5hbWU6\r\n");
    CHECK(session.line("QUIT").starts_with("235 2.7.0"));  // a line that is no command
    CHECK(session.heard == std::vector<std::string>{"", "", "QUIT"});

    login_dialogue other;
    other.hello();
    CHECK(other.line("AUTH PLAIN =").starts_with("235"));
    CHECK(other.heard == std::vector<std::string>{"="});
}

TEST_CASE("S077 a client may cancel at each step", "[smtp]") {
    for (const std::size_t steps : {1U, 2U, 3U}) {
        login_dialogue session;
        session.hello();
        session.challenges.assign(steps, "YQ==");
        session.line("AUTH SCRAM-SHA-256");
        for (std::size_t step = 1; step < steps; ++step)
            CHECK(session.line("YQ==").starts_with("334"));
        CHECK(session.line("*").starts_with("501 5.7.0"));
        CHECK(session.events[session.events.size() - 2] == event::cancel_login);
        CHECK(session.watch.last.reason == reject_reason::auth_cancelled);
        CHECK(session.line("AUTH PLAIN AGEAYg==").starts_with("235"));
    }
}

TEST_CASE("S078 each refusal has its reply, and the session goes on", "[smtp]") {
    struct row {
        login_refusal refused;
        const char* reply;
        reject_reason reason;
        bool closes;
    };
    const auto [refused, reply, reason, closes] = GENERATE(
        row{login_refusal::wrong, "535 5.7.8 ", reject_reason::auth_failed, false},
        row{login_refusal::malformed, "501 5.5.2 ", reject_reason::auth_malformed, false},
        row{login_refusal::busy, "454 4.7.0 ", reject_reason::auth_busy, false},
        row{login_refusal::unavailable, "454 4.7.0 ", reject_reason::auth_unavailable, false},
        row{login_refusal::shut, "421 4.7.0 relay.test ", reject_reason::too_many_logins, true}
    );
    const bool later = GENERATE(false, true);
    login_dialogue session;
    session.hello();
    session.refusal = refused;
    if (later) {
        session.challenges = {"YQ=="};
        CHECK(session.line("AUTH LOGIN").starts_with("334"));
    }
    CHECK(session.line(later ? "YQ==" : "AUTH PLAIN AGEAYg==").starts_with(reply));
    CHECK(session.watch.last.reason == reason);
    CHECK(session.watch.last.command == verb::auth);
    CHECK(session.closed() == closes);
    CHECK_FALSE(session.dialogue.trusted());
    if (closes) return;
    session.refusal.reset();
    CHECK(session.line("AUTH PLAIN AGEAYg==").starts_with("235"));
    CHECK(session.dialogue.trusted());
}

TEST_CASE("S078 failed logins count as errors", "[smtp]") {
    login_dialogue session;
    session.hello();
    session.refusal = login_refusal::wrong;
    std::size_t failed = 0;
    while (session.line("AUTH PLAIN AGEAYg==").starts_with("535"))
        ++failed;
    CHECK(failed == 20);
    CHECK(session.closed());
}

TEST_CASE("S079 lines of a login may have 12,288 octets", "[smtp]") {
    const auto segment = GENERATE(std::size_t{1}, std::size_t{1000}, std::size_t{20'000});
    const auto say = [segment](login_dialogue& server, std::string_view bytes) {
        std::string answer;
        for (; !bytes.empty(); bytes.remove_prefix(std::min(bytes.size(), segment)))
            answer += server.say(bytes.substr(0, segment));
        return answer;
    };
    const std::string command = "AUTH PLAIN ";
    login_dialogue session;
    session.hello();
    session.refusal = login_refusal::wrong;
    const auto fits = command + std::string(12'286 - command.size(), 'a') + "\r\n";
    CHECK(say(session, fits).starts_with("535"));
    CHECK(session.heard.back().size() == 12'286 - command.size());
    CHECK(session.dialogue.line_max() < 4096);
    CHECK(say(session, command + std::string(12'287 - command.size(), 'a') + "\r\n")
              .starts_with("500 5.5.6"));

    for (const bool too_long : {false, true}) {
        session.challenges = {"YQ=="};
        CHECK(session.line("AUTH LOGIN").starts_with("334"));
        const auto answer = say(session, std::string(too_long ? 12'287 : 12'286, 'a') + "\r\n");
        CHECK(answer.starts_with(too_long ? "500 5.5.6" : "535"));
        CHECK(session.saw(event::cancel_login) == too_long);
    }
    CHECK(say(session, "NOOP " + std::string(3000, 'a') + "\r\n").starts_with("500 5.5.6"));
    CHECK(session.line("NOOP").starts_with("250"));
}

TEST_CASE("S079 a line of a login without an end closes the session", "[smtp]") {
    login_dialogue session;
    session.hello();
    session.challenges = {"YQ=="};
    session.line("AUTH LOGIN");
    std::string answer;
    for (int block = 0; block < 20 && !session.closed(); ++block)
        answer += session.say(std::string(8192, 'a'));
    CHECK(answer.starts_with("500 5.5.6"));
    CHECK(session.closed());
}

TEST_CASE("a response that ends with a bare LF is none", "[smtp]") {
    login_dialogue session;
    session.hello();
    session.challenges = {"YQ=="};
    session.line("AUTH LOGIN");
    CHECK(session.say("YQ==\n").starts_with("500 5.5.2"));
    CHECK(session.heard == std::vector<std::string>{""});
    CHECK(session.saw(event::cancel_login));
}

TEST_CASE("what was pipelined behind AUTH is answered after it, in order", "[smtp]") {
    login_dialogue session;
    session.hello();
    const auto answers = session.say(
        "AUTH PLAIN AGEAYg==\r\nMAIL FROM:<a@client.example>\r\n"
        "RCPT TO:<b@remote.example>\r\nNOOP\r\n"
    );
    CHECK(
        answers ==
        "235 2.7.0 Authentication succeeded\r\n250 2.1.0 Ok\r\n250 2.1.5 Ok\r\n250 2.0.0 Ok\r\n"
    );
    login_dialogue other;
    other.hello();
    other.refusal = login_refusal::wrong;
    const auto refused = other.say(
        "AUTH PLAIN AGEAYg==\r\nMAIL FROM:<a@client.example>\r\n"
        "RCPT TO:<b@remote.example>\r\n"
    );
    CHECK(refused.starts_with("535 5.7.8"));
    CHECK(refused.find("550 5.7.1 Relay access denied") != std::string::npos);
}

TEST_CASE("S061 where a login is required, nobody else may send", "[smtp]") {
    for (const bool trusted : {false, true}) {
        login_dialogue session(login_policy::require, security::active, trusted);
        CHECK(session.line("MAIL FROM:<a@client.example>").starts_with("503"));
        session.hello();
        CHECK(session.line("MAIL FROM:<a@client.example>").starts_with("530 5.7.0"));
        CHECK(session.watch.last.reason == reject_reason::auth_required);
        CHECK(session.line("RCPT TO:<b@remote.example>").starts_with("503"));
        for (const auto* allowed : {"NOOP", "RSET", "VRFY a", "HELP"})
            CHECK(session.line(allowed).starts_with("2"));
        CHECK(session.line("AUTH PLAIN AGEAYg==").starts_with("235"));
        CHECK(session.line("MAIL FROM:<a@client.example>").starts_with("250"));
        CHECK(session.line("RCPT TO:<b@remote.example>").starts_with("250"));
    }
    login_dialogue offered(login_policy::offer, security::active, true);
    offered.hello();
    CHECK(offered.line("MAIL FROM:<a@client.example>").starts_with("250"));
}

TEST_CASE("S072 where TLS is required, AUTH needs it", "[smtp]") {
    login_dialogue session(login_policy::require, security::required);
    session.hello();
    CHECK(session.line("AUTH SCRAM-SHA-256").starts_with("530 5.7.0"));
    CHECK(session.line("STARTTLS").starts_with("220"));
    session.hello();
    CHECK(session.line("AUTH SCRAM-SHA-256 YQ==").starts_with("235"));
}

TEST_CASE("S081 a login survives RSET and EHLO, not STARTTLS", "[smtp]") {
    login_dialogue session(login_policy::require, security::offered);
    session.hello();
    CHECK(session.line("AUTH SCRAM-SHA-256 YQ==").starts_with("235"));
    CHECK(session.dialogue.protocol() == "ESMTPA");
    for (const auto* text : {"RSET", "EHLO client.example", "RSET"})
        CHECK(session.line(text).starts_with("250"));
    CHECK(session.line("MAIL FROM:<a@client.example>").starts_with("250"));
    CHECK(session.line("STARTTLS").starts_with("220"));
    session.dialogue.change_rights({.may_relay = false});  // the driver's part
    CHECK(offer_in(session.line("EHLO client.example")) == "AUTH SCRAM-SHA-256 PLAIN LOGIN");
    CHECK(session.line("MAIL FROM:<a@client.example>").starts_with("530 5.7.0"));
    CHECK(session.line("AUTH PLAIN AGEAYg==").starts_with("235"));
}

TEST_CASE("the Received field tells of a login (RFC 3848)", "[smtp]") {
    for (const auto protection : {security::unavailable, security::active}) {
        const bool secure = protection == security::active;
        login_dialogue session(login_policy::offer, protection);
        session.hello();
        CHECK(session.dialogue.protocol() == (secure ? "ESMTPS" : "ESMTP"));
        session.line("AUTH SCRAM-SHA-256 YQ==");
        CHECK(session.dialogue.protocol() == (secure ? "ESMTPSA" : "ESMTPA"));
        session.line("MAIL FROM:<a@client.example> SMTPUTF8");
        CHECK(session.dialogue.protocol() == (secure ? "UTF8SMTPSA" : "UTF8SMTPA"));
    }
}

TEST_CASE("S080 AUTH= of MAIL is taken from everybody where AUTH is offered", "[smtp]") {
    struct row {
        const char* value;
        const char* reply;
    };
    const auto [value, reply] = GENERATE(
        row{"AUTH=<>", "250"},
        row{"auth=e+3Dmc2@example.com", "250"},
        row{"AUTH=", "501 5.5.4"},
        row{"AUTH", "501 5.5.4"},
        row{"AUTH=a+b", "501 5.5.4"},
        row{"AUTH=a+0D+0Ab", "501 5.5.4"},
        row{"AUTH=a+00", "501 5.5.4"},
        row{"AUTH=a+7F", "501 5.5.4"},
        row{"AUTH=<> AUTH=<>", "501 5.5.4"}
    );
    for (const bool trusted : {false, true}) {
        login_dialogue session(login_policy::offer, security::active, trusted);
        session.hello();
        CAPTURE(value, trusted);
        CHECK(session.line(std::string("MAIL FROM:<a@client.example> ") + value).starts_with(reply)
        );
    }
    login_dialogue off(login_policy::off);
    off.hello();
    CHECK(off.line("MAIL FROM:<a@client.example> AUTH=<>").starts_with("555"));
}

TEST_CASE("passwords are never reported, whatever goes wrong", "[smtp]") {
    const auto* const refused = GENERATE("AUTH PLAIN", "AUTH CRAM-MD5", "AUTH LOGIN", "AUTH");
    login_dialogue session;
    session.hello();
    session.refusal = login_refusal::malformed;
    session.line(refused);
    CHECK(session.line("c2VjcmV0").starts_with("500"));
    CHECK(session.watch.word.empty());

    login_dialogue cancelled;
    cancelled.hello();
    cancelled.challenges = {"YQ=="};
    cancelled.line("AUTH LOGIN");
    cancelled.line("*");
    cancelled.line("c2VjcmV0");
    CHECK(cancelled.watch.word.empty());
}

TEST_CASE("a session can be ended while a challenge is unanswered", "[smtp]") {
    login_dialogue session;
    session.hello();
    session.challenges = {"YQ=="};
    session.line("AUTH LOGIN");
    session.dialogue.end(farewell::shutdown);
    CHECK(session.say("YQ==\r\n").starts_with("421 4.3.2"));
    CHECK(session.closed());
    CHECK(session.heard == std::vector<std::string>{""});
}
