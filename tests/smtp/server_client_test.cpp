// The client of a session: it is greeted when the driver says so, its rights can change between two
// transactions, and it can be made to begin anew.
#include <string>
#include <vector>

#include "relay/smtp/server_dialogue.hpp"
#include "tests/support/catch.hpp"

using namespace kurir::smtp;

namespace {

using event = server_dialogue::event;

constexpr client_rights stranger{.may_relay = false};
constexpr client_rights relaying{.may_relay = true};

class code_observer final : public server_observer {
public:
    void replied(const exchange& said) override { codes.push_back(said.code); }
    std::vector<int> codes;
};

// A dialogue whose driver stores every message.
class client_dialogue {
public:
    explicit client_dialogue(client_rights rights) : dialogue(settings_, observer_, rights) {}

    // The code of the last reply to `bytes`; 0 if there was none.
    int say(std::string_view bytes) {
        observer_.codes.clear();
        for (;;) {
            const auto step = dialogue.next(bytes, surroundings());
            bytes.remove_prefix(step.consumed);
            if (step.kind == event::greet) dialogue.greet();
            if (step.kind == event::drop_message) ++dropped;
            if (step.kind == event::end_message) {
                ++stored;
                dialogue.stored("0123456789ABC");
            }
            if (step.kind == event::need_input || step.kind == event::close) break;
        }
        return observer_.codes.empty() ? 0 : observer_.codes.back();
    }

    int say_all(const std::vector<std::string>& lines) {
        int code = 0;
        for (const auto& line : lines)
            code = say(line + "\r\n");
        return code;
    }

    std::string output() {
        std::string text;
        dialogue.take_output(text);
        return text;
    }

private:
    static server_settings usual_settings() {
        server_settings settings;
        settings.hostname = "relay.test";
        return settings;
    }

    const server_settings settings_ = usual_settings();
    code_observer observer_;

public:
    server_dialogue dialogue;
    std::size_t stored = 0;
    std::size_t dropped = 0;
};

const std::string greeting = "220 relay.test ESMTP Kurir\r\n";

}  // namespace

TEST_CASE("Nothing is said before the driver greets", "[smtp][client]") {
    const server_settings settings;
    code_observer nobody;
    server_dialogue dialogue(settings, nobody, relaying);
    for (const std::string_view input : {"", "QUIT\r\n", ""}) {
        const auto step = dialogue.next(input, surroundings());
        CHECK(step.kind == event::greet);
        CHECK(step.consumed == 0);
        CHECK_FALSE(dialogue.has_output());
    }
    dialogue.greet();
    CHECK(dialogue.has_output());
    CHECK(dialogue.next("", surroundings()).kind == event::need_input);
}

TEST_CASE("A session may end before its greeting", "[smtp][client]") {
    client_dialogue server(stranger);
    server.dialogue.end(farewell::shutdown);
    CHECK(server.dialogue.next("QUIT\r\n", surroundings()).kind == event::close);
    CHECK(server.output() == "421 4.3.2 relay.test Shutting down\r\n");
}

TEST_CASE("Who speaks TLS first is not greeted, and hears what is spoken here", "[smtp][client]") {
    client_dialogue server(relaying);
    server.dialogue.skip_greeting();
    CHECK(server.say("\x16\x03\x01") == 554);
    CHECK(server.output() == "554 5.5.1 This is an SMTP server\r\n");
}

TEST_CASE("A client's rights change between two transactions", "[smtp][client]") {
    const std::vector<std::string> transaction = {
        "MAIL FROM:<a@client.test>", "RCPT TO:<b@remote.test>"
    };
    const std::vector<std::string> message = {"DATA", "Subject: x", "", "x", "."};
    client_dialogue server(stranger);
    CHECK(server.say_all({"EHLO client.test"}) == 250);
    CHECK(server.say_all(transaction) == 550);
    CHECK(server.say_all({"RSET"}) == 250);
    CHECK_FALSE(server.dialogue.trusted());

    server.dialogue.change_rights(relaying);
    CHECK(server.dialogue.trusted());
    CHECK(server.say_all(transaction) == 250);
    CHECK(server.say_all(message) == 250);
    CHECK(server.say_all({"MAIL FROM: a@client.test"}) == 250);  // the liberal grammar
    CHECK(server.say_all({"RSET"}) == 250);

    server.dialogue.change_rights(stranger);
    CHECK(server.say_all({"MAIL FROM: a@client.test"}) == 501);
    CHECK(server.say_all(transaction) == 550);
    CHECK(server.say_all({"DATA"}) == 554);
    CHECK(server.stored == 1);
}

TEST_CASE("A client that begins anew has said no EHLO and sends nothing", "[smtp][client]") {
    for (const bool in_message : {false, true}) {
        client_dialogue server(relaying);
        server.say_all({"EHLO client.test", "MAIL FROM:<a@client.test>", "RCPT TO:<b@remote.test>"}
        );
        if (in_message) CHECK(server.say("BDAT 3\r\nabc") == 250);
        CHECK(server.dialogue.protocol() == "ESMTP");
        CHECK(server.dialogue.in_transaction());

        server.dialogue.forget_client();
        CHECK_FALSE(server.dialogue.in_transaction());
        CHECK(server.dialogue.helo().empty());
        CHECK(server.dialogue.protocol() == "SMTP");
        CHECK(server.say("MAIL FROM:<a@client.test>\r\n") == 503);
        CHECK(server.dropped == (in_message ? 1 : 0));

        server.dialogue.change_rights(stranger);
        CHECK(server.say_all({"EHLO other.test", "MAIL FROM:<a@client.test>"}) == 250);
        CHECK(server.say_all({"RCPT TO:<b@remote.test>"}) == 550);
        CHECK(server.stored == 0);
    }
}

TEST_CASE("A refused message of before is not expected of a client that begins anew", "[smtp]") {
    client_dialogue server(relaying);
    server.say_all({"EHLO client.test", "MAIL FROM:<a@client.test>"});
    CHECK(server.say_all({"DATA"}) == 554);
    server.dialogue.forget_client();
    server.say_all({"EHLO client.test"});
    CHECK(server.say_all({"no command"}) == 500);  // 554 would end the session
    server.say_all({"MAIL FROM:<a@client.test>", "RCPT TO:<b@remote.test>"});
    CHECK(server.say("BDAT 3 LAST\r\nabc") == 250);
}

TEST_CASE("Errors of before still count for a client that begins anew", "[smtp][client]") {
    client_dialogue server(relaying);
    int code = 0;
    for (int i = 0; i < 20; ++i) {
        code = server.say("FOO\r\n");
        server.dialogue.forget_client();
    }
    CHECK(code == 500);
    CHECK(server.say("FOO\r\n") == 421);
}

TEST_CASE("The longest line is what the dialogue says", "[smtp][client]") {
    client_dialogue server(relaying);
    server.say("");
    const auto longest = server.dialogue.line_max();
    CHECK(longest == 2048);
    CHECK(server.say("NOOP " + std::string(longest - 7, 'x') + "\r\n") == 250);
    CHECK(server.say("NOOP " + std::string(longest - 6, 'x') + "\r\n") == 500);
    server.say_all({"EHLO client.test", "MAIL FROM:<a@client.test>"});
    CHECK(server.dialogue.line_max() == longest);
    CHECK(server.say("RCPT TO:<b@x.test> " + std::string(longest, 'x') + "\r\n") == 500);
}
