// Random command sequences: the dialogue must answer each as a small model of it does, and store
// what the model stores, however the bytes are cut.
#include <random>
#include <string>
#include <vector>

#include "relay/smtp/server_dialogue.hpp"
#include "tests/support/catch.hpp"

using namespace kurir::smtp;

namespace {

using event = server_dialogue::event;

class silent final : public server_observer {
public:
    void replied(const exchange& said) override { last_code = said.code; }
    int last_code = 0;
};

server_settings usual_settings() {
    server_settings settings;
    settings.hostname = "relay.test";
    settings.message_size_max = 1000;
    settings.recipients_max = 3;
    settings.errors_max = 10'000;
    settings.local_domain = "relay.test";
    settings.postmaster = mailbox{"postmaster", "relay.test", false};
    return settings;
}

// The dialogue with a driver that stores everything.
class served {
public:
    explicit served(bool trusted)
        : settings_(usual_settings()), dialogue_(settings_, observer_, {.may_relay = trusted}) {
        dialogue_.greet();
    }

    // The code of the last reply to `bytes`, which come in two segments.
    int say(const std::string& bytes, std::size_t cut) {
        observer_.last_code = 0;
        feed(bytes.substr(0, cut));
        feed(bytes.substr(cut));
        return observer_.last_code;
    }

    bool closed() const { return closed_; }
    const std::vector<std::string>& stored() const { return stored_; }

private:
    void feed(const std::string& bytes) {
        unread_ += bytes;
        std::string_view input = unread_;
        for (bool waiting = false; !waiting && !closed_;) {
            const auto step = dialogue_.next(input, surroundings());
            waiting = act(step);
            input.remove_prefix(step.consumed);
        }
        unread_ = std::string(input);
    }

    bool act(const server_dialogue::step& step) {
        if (step.kind == event::need_input) return true;
        if (step.kind == event::listen) dialogue_.kept_silent();
        if (step.kind == event::begin_message) message_.clear();
        if (step.kind == event::message_bytes) message_ += step.bytes;
        if (step.kind == event::close) closed_ = true;
        if (step.kind == event::end_message) {
            stored_.push_back(message_);
            dialogue_.stored("0123456789ABC");
        }
        std::string output;
        dialogue_.take_output(output);
        return false;
    }

    const server_settings settings_;
    silent observer_;
    server_dialogue dialogue_;
    std::string unread_;
    std::string message_;
    std::vector<std::string> stored_;
    bool closed_ = false;
};

// Content that is full of commands.
const std::string content = "Subject: x\r\n\r\nQUIT\r\nRCPT TO:<evil@x.test>\r\nDATA\r\n";

// What the dialogue should be in.
class model {
public:
    explicit model(bool trusted) : trusted_(trusted) {}

    // The reply's code to one of `words`.
    int answer(const std::string& word) {
        if (word == "EHLO" || word == "HELO") {
            helo_ = true;
            extended_ = word == "EHLO";
            end_transaction();
            return 250;
        }
        if (word == "MAIL" || word == "bad MAIL") return on_mail(word == "MAIL");
        if (word == "RCPT" || word == "bad RCPT") return on_rcpt(word == "RCPT");
        if (word == "DATA") return on_data();
        if (word == "BDAT") return on_bdat();
        if (word == "QUIT") closed = true;
        if (word == "RSET") end_transaction();
        if (word == "FOO" && wary_) closed = true;
        return word == "QUIT" ? 221 : word != "FOO" ? 250 : wary_ ? 554 : 500;
    }

    bool takes_content() const { return open_ && !failed_ && recipients_ > 0; }

    bool closed = false;
    std::size_t stored = 0;

private:
    void end_transaction() {
        open_ = failed_ = false;
        recipients_ = 0;
    }

    int on_mail(bool good) {
        if (!helo_ || open_) return 503;
        open_ = good;
        return good ? 250 : 501;
    }

    int on_rcpt(bool good) {
        if (!open_ || failed_) return 503;
        if (!trusted_) return 550;
        if (!good) return 501;
        if (recipients_ == 3) return 452;
        ++recipients_;
        return 250;
    }

    int store() {
        end_transaction();
        wary_ = data_refused_ = false;
        ++stored;
        return 250;
    }

    int on_data() {
        if (takes_content()) return store();
        wary_ = true;
        data_refused_ = data_refused_ || !failed_;
        return open_ && !failed_ ? 554 : 503;
    }

    int on_bdat() {
        if (takes_content() && extended_ && data_refused_) {
            closed = true;
            return 421;
        }
        if (takes_content() && extended_) return store();
        wary_ = true;
        const bool no_recipients = open_ && !failed_ && extended_;
        failed_ = open_;
        return no_recipients ? 554 : 503;
    }

    bool trusted_;
    bool helo_ = false;
    bool extended_ = false;
    bool open_ = false;
    bool failed_ = false;
    bool wary_ = false;
    bool data_refused_ = false;
    std::size_t recipients_ = 0;
};

const std::vector<std::string> words = {
    "EHLO",
    "EHLO",
    "HELO",
    "MAIL",
    "MAIL",
    "MAIL",
    "bad MAIL",
    "RCPT",
    "RCPT",
    "RCPT",
    "bad RCPT",
    "DATA",
    "DATA",
    "BDAT",
    "RSET",
    "NOOP",
    "FOO",
    "QUIT"
};

std::string line_of(const std::string& word, std::mt19937& random) {
    const bool plain = random() % 2 == 0;
    if (word == "EHLO" || word == "HELO") return word + " client.test\r\n";
    if (word == "MAIL") return plain ? "MAIL FROM:<a@x.test>\r\n" : "mail from:<>\r\n";
    if (word == "bad MAIL") return plain ? "MAIL FROM:<a@@x.test>\r\n" : "MAIL FROM:<a@x.test\r\n";
    if (word == "RCPT") return plain ? "RCPT TO:<b@x.test>\r\n" : "rcpt to: <b@x.test>\r\n";
    if (word == "bad RCPT") return "RCPT TO:<b@@x.test>\r\n";
    if (word == "BDAT") {
        return "BDAT " + std::to_string(content.size()) + " LAST\r\n" + content;
    }
    return word + "\r\n";
}

}  // namespace

TEST_CASE("H4 H9 random command sequences are answered as the model says", "[inbound]") {
    std::mt19937 random(20261126);  // NOLINT(cert-msc51-cpp): the same sequences each time
    std::size_t stored = 0;
    std::size_t commands = 0;
    for (int round = 0; round < 4000; ++round) {
        const bool trusted = round % 3 != 0;
        served server(trusted);
        model expected(trusted);
        std::string said;
        for (int i = 0; i < 40 && !expected.closed; ++i) {
            const auto& word = words[random() % words.size()];
            const bool data = word == "DATA" && expected.takes_content();
            const auto line = line_of(word, random);
            const int wanted = expected.answer(word);
            int code = server.say(line, random() % line.size());
            if (data) {
                REQUIRE(code == 354);
                code = server.say(content + ".\r\n", random() % content.size());
            }
            said += word + ' ' + std::to_string(code) + "; ";
            ++commands;
            CAPTURE(said, trusted);
            REQUIRE(code == wanted);
            REQUIRE(server.closed() == expected.closed);
            REQUIRE(server.stored().size() == expected.stored);
        }
        for (const auto& message : server.stored())
            REQUIRE(message == content);
        if (!trusted) REQUIRE(server.stored().empty());
        stored += server.stored().size();
    }
    CHECK(commands > 20'000);
    CHECK(stored > 100);
}
