#include "relay/smtp/opening.hpp"

#include <string>
#include <vector>

#include "tests/smtp/dialogue_player.hpp"
#include "tests/smtp/opening_outcome.hpp"
#include "tests/support/catch.hpp"

using namespace kurir::smtp;
using kurir::smtp::testing::ended_as;
using kurir::smtp::testing::said;

namespace {

reply hello() {
    return {.code = 250, .status = {}, .lines = {"mx.example", "PIPELINING", "SIZE 1000"}};
}

}  // namespace

TEST_CASE("a greeting, EHLO, and what is offered", "[smtp][opening]") {
    opening dialogue({.name = "relay.example"});
    CHECK(dialogue.next().todo == opening::action::await_greeting);
    dialogue.on_reply(said(220, {}, "mx.example ESMTP"));
    CHECK(dialogue.next().bytes == "EHLO relay.example\r\n");
    dialogue.on_reply(hello());
    const auto* session = ended_as<opening::session>(dialogue);
    REQUIRE(session);
    CHECK(session->greeting_name == "mx.example");
    CHECK(session->hello == hello());
    CHECK(session->offers.pipelining);
    CHECK(session->offers.size_max == 1000);
    CHECK_FALSE(session->secure);
}

TEST_CASE("C003 HELO where EHLO is not known", "[smtp][opening]") {
    for (const int code : {500, 501, 502, 503, 504}) {
        opening dialogue({.name = "relay.example"});
        dialogue.on_reply(said(220));
        dialogue.on_reply(said(code));
        CHECK(dialogue.next().bytes == "HELO relay.example\r\n");
        dialogue.on_reply(said(250, {}, "mx.example"));
        const auto* session = ended_as<opening::session>(dialogue);
        REQUIRE(session);
        CHECK(session->offers == peer{});
    }
}

TEST_CASE("C002 C042 a refusal at each step is one, with its stage", "[smtp][opening]") {
    for (const int code : {421, 450, 521, 554}) {
        opening greeted({.name = "relay.example"});
        greeted.on_reply(said(code));
        const auto* refusal = ended_as<opening::refusal>(greeted);
        REQUIRE(refusal);
        CHECK(refusal->said.code == code);
        CHECK(refusal->at == opening::stage::greeting);

        opening named({.name = "relay.example"});
        named.on_reply(said(220));
        named.on_reply(said(code));
        refusal = ended_as<opening::refusal>(named);
        REQUIRE(refusal);
        CHECK(refusal->at == opening::stage::hello);

        opening early({.name = "relay.example"});
        early.on_reply(said(220));
        early.on_unasked(said(code));
        refusal = ended_as<opening::refusal>(early);
        REQUIRE(refusal);
        CHECK(refusal->at == opening::stage::greeting);
    }
}

TEST_CASE("D1 what does not fit a step is a fault, and never open", "[smtp][opening]") {
    for (const int code : {211, 214, 221, 250, 354}) {
        opening greeted({.name = "relay.example"});
        greeted.on_reply(said(code));
        CHECK(ended_as<opening::fault>(greeted));
    }
    for (const int code : {211, 214, 220, 221, 354}) {
        opening named({.name = "relay.example"});
        named.on_reply(said(220));
        named.on_reply(said(code));
        CHECK(ended_as<opening::fault>(named));
    }
    for (const int code : {220, 250, 354}) {
        opening twice({.name = "relay.example"});
        twice.on_reply(said(220));
        twice.on_unasked(said(code));
        CHECK(ended_as<opening::fault>(twice));
    }
}
