// H4: a message that follows a refused DATA is made of commands alone, and comes line by line.
#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "relay/smtp/server_dialogue.hpp"
#include "tests/support/catch.hpp"

using namespace kurir::smtp;

namespace {

using event = server_dialogue::event;

class codes final : public server_observer {
public:
    void replied(const exchange& said) override { all.push_back(said.code); }
    std::vector<int> all;
};

enum class client_kind { waits, does_not_wait };

// The server's side; each segment comes when the one before has been read.
class served_client {
public:
    explicit served_client(client_kind kind) : kind_(kind) {
        settings_.hostname = "relay.test";
        settings_.errors_max = 10'000;
        dialogue_.greet();
    }

    int say(std::string_view segment) {
        while (!closed_) {
            const auto step = dialogue_.next(segment, surroundings());
            segment.remove_prefix(step.consumed);
            std::string output;
            dialogue_.take_output(output);
            closed_ = step.kind == event::close;
            if (step.kind == event::begin_message) ++begun_;
            if (step.kind == event::end_message) dialogue_.stored("0123456789ABC");
            if (step.kind == event::need_input) break;
            if (step.kind == event::listen) {
                if (kind_ == client_kind::does_not_wait) break;
                dialogue_.kept_silent();
            }
        }
        return seen_.all.back();
    }

    void say_refused_data() {
        say("EHLO client.test\r\n");
        say("MAIL FROM:<a@x.test>\r\n");
        REQUIRE(say("RCPT TO:<b@@x.test>\r\n") == 501);
        REQUIRE(say("DATA\r\n") == 554);
    }

    bool closed() const { return closed_; }
    std::size_t begun() const { return begun_; }

private:
    client_kind kind_;
    server_settings settings_;
    codes seen_;
    server_dialogue dialogue_{settings_, seen_, {.may_relay = true}};
    std::size_t begun_ = 0;
    bool closed_ = false;
};

const std::vector<std::string> content_by_data = {
    "RSET\r\n",
    "MAIL FROM:<e@x.test>\r\n",
    "RCPT TO:<v@x.test>\r\n",
    "DATA\r\n",
    "RSET\r\n",
    ".\r\n"
};

const std::vector<std::string> content_by_bdat = {
    "RCPT TO:<v@x.test>\r\n", "BDAT 6 LAST\r\n", "NOOP\r\n", ".\r\n"
};

}  // namespace

TEST_CASE("H4 content of commands alone begins no message", "[inbound]") {
    for (const auto& content : {content_by_data, content_by_bdat}) {
        served_client blind(client_kind::does_not_wait);
        blind.say_refused_data();
        for (const auto& line : content)
            blind.say(line);
        CHECK(blind.begun() == 0);
        CHECK(blind.closed());
    }
}

TEST_CASE(
    "H4 content of commands alone behind any broken DATA or BDAT begins no message", "[inbound]"
) {
    for (const std::string& broken : std::vector<std::string>{
             "DATA now\r\n",
             "DATA;\r\n",
             "DATA\n",
             std::string("DATA\0\r\n", 7),
             "DATAX\r\n",
             "data.\r\n",
             "BDAT\r\n",
             "BDAT x\r\n",
             "BDAT20 LAST\r\n",
             "BDAT 20 LAST\n",
             "BDAT 20 LAST x\r\n",
         }) {
        CAPTURE(broken);
        served_client blind(client_kind::does_not_wait);
        blind.say("EHLO client.test\r\n");
        blind.say("MAIL FROM:<a@x.test>\r\n");
        blind.say("RCPT TO:<b@x.test>\r\n");
        CHECK(blind.say(broken) / 100 == 5);
        for (const auto& line : content_by_data)
            blind.say(line);
        CHECK(blind.begun() == 0);
        CHECK(blind.closed());
    }
}

TEST_CASE("H4 random commands, line by line, begin no message", "[inbound]") {
    const std::vector<std::string> lines = {
        "RSET\r\n",
        "MAIL FROM:<e@x.test>\r\n",
        "RCPT TO:<v@x.test>\r\n",
        "DATA\r\n",
        "data\r\n",
        "BDAT 6 LAST\r\n",
        "BDAT 6\r\n",
        "NOOP\r\n",
        "EHLO x.test\r\n",
        "HELO x.test\r\n",
    };
    std::mt19937 random(4);  // NOLINT(cert-msc51-cpp): the same sequences each time
    std::size_t closed = 0;
    std::size_t begun_by_waiting = 0;
    for (int round = 0; round < 3000; ++round) {
        served_client blind(client_kind::does_not_wait);
        served_client waiting(client_kind::waits);
        blind.say_refused_data();
        waiting.say_refused_data();
        for (int i = 0; i < 30; ++i) {
            const auto& line = lines[random() % lines.size()];
            blind.say(line);
            if (waiting.say(line) == 354) waiting.say(".\r\n");
        }
        REQUIRE(blind.begun() == 0);
        closed += blind.closed() ? 1 : 0;
        begun_by_waiting += waiting.begun();
    }
    CHECK(closed > 100);
    CHECK(begun_by_waiting > 100);
}

TEST_CASE(
    "H4 a client that waits sends its next message, by DATA or in a new session", "[inbound]"
) {
    served_client waiting(client_kind::waits);
    waiting.say_refused_data();
    CHECK(waiting.say("RSET\r\nMAIL FROM:<a@x.test>\r\nRCPT TO:<b@x.test>\r\nDATA\r\n") == 354);
    CHECK(waiting.say("Subject: x\r\n\r\nx\r\n.\r\n") == 250);
    // Nothing is held against it any more.
    waiting.say("MAIL FROM:<a@x.test>\r\nRCPT TO:<b@x.test>\r\n");
    CHECK(waiting.say("BDAT 3 LAST\r\nx\r\n") == 250);

    served_client mixing(client_kind::waits);
    mixing.say_refused_data();
    mixing.say("RCPT TO:<b@x.test>\r\n");
    CHECK(mixing.say("BDAT 3 LAST\r\nx\r\n") == 421);
    CHECK(mixing.closed());
}
