// Opening a connection with TLS and AUTH: what is said, and an error at every step.
#include <functional>
#include <string>
#include <vector>

#include "relay/smtp/opening.hpp"
#include "tests/smtp/dialogue_player.hpp"
#include "tests/smtp/opening_outcome.hpp"
#include "tests/support/catch.hpp"

using namespace kurir::smtp;
using kurir::smtp::testing::ended_as;
using kurir::smtp::testing::failure_of;
using kurir::smtp::testing::is_open;
using kurir::smtp::testing::said;

namespace {

using tls = opening_terms::tls;

// A mechanism of one challenge.
class pass_phrase final : public client_credential {
public:
    std::string begin(const std::vector<std::string>& mechanisms) override {
        for (const auto& each : mechanisms)
            if (each == "LOGIN") return "LOGIN";
        return {};
    }
    std::optional<std::string> answer(std::string_view challenge) override {
        if (challenge != "VXNlcm5hbWU6") return std::nullopt;
        return "dXNlcg==";
    }
};

reply hello(std::vector<std::string> keywords) {
    reply made{.code = 250, .status = {}, .lines = {"mx.example"}};
    made.lines.insert(made.lines.end(), keywords.begin(), keywords.end());
    return made;
}

opening_terms all_of_it() {
    return {
        .name = "relay.example",
        .encryption = tls::required,
        .credential = std::make_shared<pass_phrase>(),
    };
}

// One step of a good opening: what the client does, and what it hears.
struct good_step {
    opening::action todo;
    std::string bytes;
    std::function<void(opening&)> answer;
    opening::stage at;  // of a refusal here
};

std::function<void(opening&)> hears(reply heard) {
    return [heard = std::move(heard)](opening& dialogue) { dialogue.on_reply(heard); };
}

std::vector<good_step> good_opening() {
    return {
        {opening::action::await_greeting,
         "",
         hears(said(220, {}, "mx.example")),
         opening::stage::greeting},
        {opening::action::send,
         "EHLO relay.example\r\n",
         hears(hello({"STARTTLS", "SIZE 9"})),
         opening::stage::hello},
        {opening::action::send, "STARTTLS\r\n", hears(said(220)), opening::stage::tls},
        {opening::action::start_tls,
         "",
         [](opening& dialogue) { dialogue.on_tls(true); },
         opening::stage::tls},
        {opening::action::send,
         "EHLO relay.example\r\n",
         hears(hello({"auth login plain"})),
         opening::stage::hello},
        {opening::action::send,
         "AUTH LOGIN\r\n",
         hears(said(334, {}, "VXNlcm5hbWU6")),
         opening::stage::auth},
        {opening::action::send, "dXNlcg==\r\n", hears(said(235)), opening::stage::auth},
    };
}

// Takes the steps before `count`, and checks what each one says.
void play(opening& dialogue, std::size_t count) {
    const auto steps = good_opening();
    for (std::size_t i = 0; i < count; ++i) {
        REQUIRE_FALSE(dialogue.finished());
        const auto step = dialogue.next();
        CHECK(step.todo == steps[i].todo);
        CHECK(step.bytes == steps[i].bytes);
        steps[i].answer(dialogue);
    }
}

}  // namespace

TEST_CASE("greeting, EHLO, STARTTLS, EHLO, AUTH, ready", "[smtp][opening]") {
    opening dialogue(all_of_it());
    play(dialogue, good_opening().size());
    const auto* session = ended_as<opening::session>(dialogue);
    REQUIRE(session);
    CHECK(session->secure);
    // Of what was offered in clear nothing is left.
    CHECK_FALSE(session->offers.size);
}

TEST_CASE("a refusal at each step ends a secure opening, with its stage", "[smtp][opening]") {
    const auto steps = good_opening();
    const auto at = GENERATE(range(0UL, 7UL));
    const int code = GENERATE(421, 454, 535, 554);
    if (steps[at].todo == opening::action::start_tls) return;
    CAPTURE(at, code);
    opening dialogue(all_of_it());
    play(dialogue, at);
    dialogue.on_reply(said(code));
    const auto* refusal = ended_as<opening::refusal>(dialogue);
    REQUIRE(refusal);
    CHECK(refusal->said.code == code);
    CHECK(refusal->at == steps[at].at);
}

TEST_CASE("a reply that does not fit its step is a fault, and never open", "[smtp][opening]") {
    const auto steps = good_opening();
    const auto at = GENERATE(range(0UL, 7UL));
    const int code = GENERATE(214, 221, 354);
    if (steps[at].todo == opening::action::start_tls) return;
    CAPTURE(at, code);
    opening dialogue(all_of_it());
    play(dialogue, at);
    dialogue.on_reply(said(code));
    const auto* fault = ended_as<opening::fault>(dialogue);
    REQUIRE(fault);
    CHECK(fault->said.code == code);
    CHECK(fault->at == steps[at].at);
}

TEST_CASE("what came unasked ends the opening before each step", "[smtp][opening]") {
    // Above all before the handshake: it would be taken for something said under TLS.
    const auto at = GENERATE(range(1UL, 7UL));
    const int code = GENERATE(220, 235, 250, 334);
    CAPTURE(at, code);
    opening dialogue(all_of_it());
    play(dialogue, at);
    dialogue.on_unasked(said(code));
    const auto* fault = ended_as<opening::fault>(dialogue);
    REQUIRE(fault);
    CHECK(fault->said.code == code);
}

TEST_CASE("a handshake that fails ends the opening, wanted or required", "[smtp][opening]") {
    auto terms = all_of_it();
    terms.encryption = GENERATE(tls::if_offered, tls::required);
    opening dialogue(std::move(terms));
    play(dialogue, 3);
    dialogue.on_tls(false);
    CHECK(failure_of(dialogue) == security_failure::handshake_failed);
}

TEST_CASE("HELO is no way to a secure connection", "[smtp][opening]") {
    for (const int code : {500, 501, 502, 503, 504}) {
        opening before(all_of_it());
        play(before, 1);
        before.on_reply(said(code));
        CHECK(before.next().bytes == "HELO relay.example\r\n");
        before.on_reply(said(250));
        CHECK(failure_of(before) == security_failure::starttls_not_offered);

        opening after(all_of_it());
        play(after, 4);
        after.on_reply(said(code));
        CHECK(ended_as<opening::refusal>(after));
    }
}

TEST_CASE("TLS that is required and not offered ends the opening", "[smtp][opening]") {
    opening dialogue(all_of_it());
    play(dialogue, 1);
    dialogue.on_reply(hello({"AUTH LOGIN"}));
    CHECK(failure_of(dialogue) == security_failure::starttls_not_offered);
}

TEST_CASE("TLS that is only wanted is done without", "[smtp][opening]") {
    opening dialogue({.name = "relay.example", .encryption = tls::if_offered});
    dialogue.on_reply(said(220));
    SECTION("if it is not offered") {
        dialogue.on_reply(hello({"PIPELINING"}));
    }
    SECTION("if STARTTLS is refused") {
        dialogue.on_reply(hello({"PIPELINING", "STARTTLS"}));
        CHECK(dialogue.next().bytes == "STARTTLS\r\n");
        dialogue.on_reply(said(GENERATE(454, 501, 554)));
    }
    const auto* session = ended_as<opening::session>(dialogue);
    REQUIRE(session);
    CHECK_FALSE(session->secure);
    CHECK(session->offers.pipelining);
}

TEST_CASE("a refused STARTTLS is told of the session in clear", "[smtp][opening]") {
    const bool refused = GENERATE(true, false);
    opening dialogue({.name = "relay.example", .encryption = tls::if_offered});
    dialogue.on_reply(said(220));
    dialogue.on_reply(hello({refused ? "STARTTLS" : "SIZE"}));
    if (refused) dialogue.on_reply(said(454));
    const auto* session = ended_as<opening::session>(dialogue);
    REQUIRE(session);
    CHECK(session->starttls_refused == refused);
}

TEST_CASE("implicit TLS comes before the greeting", "[smtp][opening]") {
    opening dialogue({.name = "relay.example", .encryption = tls::implicit});
    REQUIRE(dialogue.next().todo == opening::action::start_tls);
    CHECK(dialogue.at() == opening::stage::tls);
    SECTION("and STARTTLS is not asked for within it") {
        dialogue.on_tls(true);
        CHECK(dialogue.next().todo == opening::action::await_greeting);
        dialogue.on_reply(said(220));
        CHECK(dialogue.next().bytes == "EHLO relay.example\r\n");
        dialogue.on_reply(hello({"STARTTLS"}));
        const auto* session = ended_as<opening::session>(dialogue);
        REQUIRE(session);
        CHECK(session->secure);
    }
    SECTION("and nothing is said in clear if it fails") {
        dialogue.on_tls(false);
        CHECK(failure_of(dialogue) == security_failure::handshake_failed);
    }
    SECTION("and a greeting in clear is no greeting") {
        dialogue.on_unasked(said(220));
        const auto* fault = ended_as<opening::fault>(dialogue);
        REQUIRE(fault);
        CHECK(fault->at == opening::stage::tls);
    }
    SECTION("and a refused greeting is no trouble of TLS") {
        dialogue.on_tls(true);
        dialogue.on_reply(said(554));
        const auto* refusal = ended_as<opening::refusal>(dialogue);
        REQUIRE(refusal);
        CHECK(refusal->at == opening::stage::greeting);
    }
}

TEST_CASE("TLS is not asked for if it is not wanted", "[smtp][opening]") {
    opening dialogue({.name = "relay.example"});
    dialogue.on_reply(said(220));
    dialogue.on_reply(hello({"STARTTLS", "AUTH LOGIN"}));
    CHECK(is_open(dialogue));
}

TEST_CASE("a credential is not shown in clear, unless it may be", "[smtp][opening]") {
    const bool may = GENERATE(true, false);
    auto terms = all_of_it();
    terms.encryption = GENERATE(tls::never, tls::if_offered);
    terms.credential_in_clear = may;
    opening dialogue(std::move(terms));
    dialogue.on_reply(said(220));
    dialogue.on_reply(hello({"AUTH LOGIN"}));
    if (may) {
        CHECK(dialogue.next().bytes == "AUTH LOGIN\r\n");
    } else {
        CHECK(failure_of(dialogue) == security_failure::credential_in_clear);
    }
}

TEST_CASE("without a mechanism of ours there is no AUTH, and no session", "[smtp][opening]") {
    opening dialogue(all_of_it());
    play(dialogue, 4);
    SECTION("if none of those that are offered is ours") {
        dialogue.on_reply(hello({GENERATE(as<std::string>(), "AUTH", "AUTH GSSAPI")}));
        CHECK(failure_of(dialogue) == security_failure::no_known_mechanism);
    }
    SECTION("if AUTH is not offered") {
        dialogue.on_reply(hello({GENERATE(as<std::string>(), "SIZE", "AUTHLOGIN")}));
        CHECK(failure_of(dialogue) == security_failure::auth_not_offered);
    }
}

TEST_CASE("AUTH is offered in the ways of old servers, too", "[smtp][opening]") {
    const auto keywords = GENERATE(
        std::vector<std::string>{"AUTH=LOGIN PLAIN"},
        std::vector<std::string>{"AUTH GSSAPI", "X-EXPS GSSAPI NTLM", "auth=login"},
        std::vector<std::string>{"AUTH NTLM", "AUTH LOGIN"},
        std::vector<std::string>{"AUTH\tLOGIN"}
    );
    opening dialogue(all_of_it());
    play(dialogue, 4);
    dialogue.on_reply(hello(keywords));
    CHECK(dialogue.next().bytes == "AUTH LOGIN\r\n");
}

TEST_CASE("AUTH that is offered on the wrong side of TLS is told", "[smtp][opening]") {
    SECTION("only before TLS") {
        opening dialogue(all_of_it());
        dialogue.on_reply(said(220));
        dialogue.on_reply(hello({"STARTTLS", "AUTH LOGIN"}));
        dialogue.on_reply(said(220));
        dialogue.on_tls(true);
        dialogue.on_reply(hello({"SIZE"}));
        CHECK(failure_of(dialogue) == security_failure::auth_only_in_clear);
    }
    SECTION("only under TLS, which is not wanted or was refused") {
        auto terms = all_of_it();
        terms.credential_in_clear = true;
        terms.encryption = GENERATE(tls::never, tls::if_offered);
        const bool asks = terms.encryption == tls::if_offered;
        opening dialogue(std::move(terms));
        dialogue.on_reply(said(220));
        dialogue.on_reply(hello({"STARTTLS"}));
        if (asks) dialogue.on_reply(said(454));
        CHECK(failure_of(dialogue) == security_failure::auth_only_under_tls);
    }
}

TEST_CASE("the steps of a login are known as such", "[smtp][opening]") {
    const auto steps = good_opening();
    opening dialogue(all_of_it());
    for (const auto& each : steps) {
        CHECK((dialogue.at() == opening::stage::auth) == (each.at == opening::stage::auth));
        each.answer(dialogue);
    }
}

TEST_CASE(
    "a challenge that can't be answered cancels, which the server refuses", "[smtp][opening]"
) {
    opening dialogue(all_of_it());
    play(dialogue, 5);
    dialogue.on_reply(said(334, {}, "dW5rbm93bg=="));
    CHECK(dialogue.next().bytes == "*\r\n");
    SECTION("by a refusal") {
        dialogue.on_reply(said(501));
        CHECK(ended_as<opening::refusal>(dialogue));
    }
    SECTION("or goes on, which is a fault") {
        dialogue.on_reply(said(GENERATE(235, 334)));
        CHECK(ended_as<opening::fault>(dialogue));
    }
}
