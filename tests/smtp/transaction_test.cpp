#include "relay/smtp/transaction.hpp"

#include <string>
#include <vector>

#include "tests/smtp/dialogue_player.hpp"
#include "tests/support/catch.hpp"

using namespace kurir::smtp;
using namespace kurir::smtp::testing;
using action = transaction::action;

TEST_CASE("C025 without PIPELINING every command waits for its reply", "[smtp][transaction]") {
    transaction dialogue(to(1), plain);
    CHECK(dialogue.next().bytes == "MAIL FROM:<a@client.example>\r\n");
    CHECK(dialogue.next().todo == action::await_reply);
    dialogue.on_reply(said(250));
    CHECK(dialogue.next().bytes == "RCPT TO:<0@remote.example>\r\n");
    dialogue.on_reply(said(250));
    CHECK(dialogue.next().bytes == "DATA\r\n");
    dialogue.on_reply(said(354));
    CHECK(dialogue.next().todo == action::send_data);
    dialogue.on_body_sent();
    dialogue.on_reply(said(250));
    CHECK(dialogue.next().todo == action::finished);
    CHECK(codes(dialogue) == std::vector{250});
    CHECK(dialogue.reusable());
    CHECK_FALSE(dialogue.needs_reset());
}

TEST_CASE("C025 with PIPELINING one group goes out, DATA last", "[smtp][transaction]") {
    transaction dialogue(to(2), pipelining);
    CHECK(
        dialogue.next().bytes ==
        "MAIL FROM:<a@client.example>\r\nRCPT TO:<0@remote.example>\r\n"
        "RCPT TO:<1@remote.example>\r\nDATA\r\n"
    );
}

TEST_CASE("C005 parameters are sent only for what is offered", "[smtp][transaction]") {
    auto mail = to(1);
    mail.eight_bit = true;
    mail.smtputf8 = true;
    CHECK(transaction(mail, plain).next().bytes == "MAIL FROM:<a@client.example>\r\n");
    const peer all{.eight_bit = true, .smtputf8 = true, .size = true};
    CHECK(
        transaction(mail, all).next().bytes ==
        "MAIL FROM:<a@client.example> SIZE=100 BODY=8BITMIME SMTPUTF8\r\n"
    );
}

TEST_CASE("C034 NOTIFY goes to a server that offers DSN", "[smtp][transaction]") {
    auto mail = to(3);
    mail.notify_never = {false, true};
    const auto commands = [&](peer offers) {
        transaction dialogue(mail, offers);
        return play(dialogue, std::vector{250, 250, 250, 250, 354, 250});
    };
    for (const bool in_groups : {false, true}) {
        const auto sent = commands({.pipelining = in_groups, .dsn = true});
        CHECK(sent.find("<0@remote.example>\r\n") != std::string::npos);
        CHECK(sent.find("<1@remote.example> NOTIFY=NEVER\r\n") != std::string::npos);
        CHECK(sent.find("<2@remote.example>\r\n") != std::string::npos);
        CHECK(commands({.pipelining = in_groups}).find("NOTIFY") == std::string::npos);
    }
}

TEST_CASE("C014 every recipient has its own result", "[smtp][transaction]") {
    for (const auto& offers : {plain, pipelining}) {
        transaction dialogue(to(3), offers);
        play(dialogue, std::vector{250, 250, 451, 550, 354, 250});
        CHECK(codes(dialogue) == std::vector{250, 451, 550});
        CHECK(dialogue.results()[0].stage == client_stage::eod);
        CHECK(dialogue.results()[1].stage == client_stage::rcpt);
        CHECK(dialogue.reusable());
        CHECK(dialogue.needs_reset());
    }
}

TEST_CASE(
    "C015 too many recipients may go in the next transaction at once", "[smtp][transaction]"
) {
    transaction dialogue(to(2), pipelining);
    play(dialogue, std::vector{250, 250, 452, 354, 250});
    CHECK_FALSE(dialogue.results()[0].again_at_once);
    CHECK(dialogue.results()[1].again_at_once);

    transaction none_taken(to(1), pipelining);
    play(none_taken, std::vector{250, 452, 503, 250});
    CHECK_FALSE(none_taken.results()[0].again_at_once);
}

TEST_CASE("C026 354 without a recipient is ended with the dot alone", "[smtp][transaction]") {
    transaction dialogue(to(1), pipelining);
    const auto sent = play(dialogue, std::vector{250, 550, 354, 554});
    CHECK(sent.ends_with("DATA\r\n.\r\n"));
    CHECK(codes(dialogue) == std::vector{550});
}

TEST_CASE("C013 a refused MAIL goes for all recipients", "[smtp][transaction]") {
    transaction dialogue(to(2), pipelining);
    const auto sent = play(dialogue, std::vector{550, 503, 503, 503, 250});
    CHECK(sent.ends_with("RSET\r\n"));
    CHECK(dialogue.reusable());
    CHECK(codes(dialogue) == std::vector{550, 550});
    CHECK(dialogue.results()[0].stage == client_stage::mail);
}

TEST_CASE("C012 nothing but 354 lets the message go", "[smtp][transaction]") {
    transaction dialogue(to(1), plain);
    const auto sent = play(dialogue, std::vector{250, 250, 250});
    CHECK(sent.find("<body>") == std::string::npos);
    CHECK_FALSE(dialogue.reusable());
    CHECK(codes(dialogue) == std::vector{0});
}

TEST_CASE("C010 421 at any step ends it for those without a result", "[smtp][transaction]") {
    const std::vector<int> script{250, 250, 550, 354, 250};
    for (std::size_t step = 0; step < script.size(); ++step) {
        CAPTURE(step);
        auto replies = script;
        replies[step] = 421;
        transaction dialogue(to(2), pipelining);
        play(dialogue, replies);
        CHECK_FALSE(dialogue.reusable());
        CHECK(codes(dialogue)[0] == 421);
        CHECK(codes(dialogue)[1] == (step > 2 ? 550 : 421));
    }
}

TEST_CASE("C011 a connection cut at any step leaves no false result", "[smtp][transaction]") {
    const std::vector<int> script{250, 250, 550, 354, 250};
    for (std::size_t step = 0; step < script.size(); ++step) {
        CAPTURE(step);
        transaction dialogue(to(2), pipelining);
        play(
            dialogue,
            std::vector<int>{script.begin(), script.begin() + static_cast<std::ptrdiff_t>(step)}
        );
        CHECK_FALSE(dialogue.reusable());
        CHECK_FALSE(dialogue.results()[0].said);
        const bool after_dot = dialogue.results()[0].stage == client_stage::eod;
        CHECK(after_dot == (step == 4));
    }
}

TEST_CASE("C029 with CHUNKING the message goes by BDAT", "[smtp][transaction]") {
    const peer offers{.pipelining = true, .chunking = true};
    transaction dialogue(to(1), offers);
    const auto sent = play(dialogue, std::vector{250, 250, 250});
    CHECK(sent.find("DATA") == std::string::npos);
    CHECK(sent.ends_with("<body>"));
    CHECK(codes(dialogue) == std::vector{250});
}

TEST_CASE("C027 many recipients go in groups", "[smtp][transaction]") {
    transaction dialogue(to(250), pipelining);
    std::vector<int> replies(251, 250);
    replies.push_back(354);
    replies.push_back(250);
    play(dialogue, replies);
    CHECK(codes(dialogue) == std::vector<int>(250, 250));
}
