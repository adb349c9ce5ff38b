// Every short word of the bytes that end lines, messages and strings, as content of a message: by
// DATA and by BDAT, however it is cut, what leaves is one message for every kind of receiver.
#include <array>
#include <functional>
#include <string>
#include <vector>

#include "relay/smtp/body.hpp"
#include "relay/smtp/dot_stuffer.hpp"
#include "relay/smtp/server_dialogue.hpp"
#include "tests/support/catch.hpp"

using namespace kurir::smtp;
using namespace std::string_literals;

namespace {

constexpr std::string_view alphabet("\r\n.\0 a", 6);
const std::string smuggled = "MAIL FROM:<evil@x.example>\r\nRCPT TO:<v@y.example>\r\nDATA\r\nx";

std::vector<std::string> words(std::size_t longest) {
    std::vector<std::string> all = {""};
    for (std::size_t first = 0, length = 1; length <= longest; ++length) {
        const std::size_t last = all.size();
        for (; first < last; ++first) {
            for (const char c : alphabet)
                all.push_back(all[first] + c);
        }
    }
    return all;
}

// Where the data end by RFC 5321, behind the five bytes. `data` comes behind a CRLF.
std::size_t true_end(const std::string& data) {
    if (data.starts_with(".\r\n")) return 3;
    return data.find("\r\n.\r\n") + 5;
}

using decoder = std::function<std::string(std::string_view data, framing frame, std::size_t cut)>;

// What the relay keeps of `data`, which arrives in two segments.
std::string kept(std::string_view data, framing frame, std::size_t cut) {
    body_decoder decode(frame, newline_policy::normalize);
    std::string message;
    bool ended = false;
    for (std::string_view part : {data.substr(0, cut), data.substr(cut)}) {
        while (!part.empty() && !ended) {
            const auto piece = decode.decode(part);
            message += piece.bytes;
            ended = piece.end;
            part.remove_prefix(piece.consumed);
        }
    }
    if (frame == framing::counted) message += decode.finish();
    REQUIRE(ended == (frame == framing::dotted));
    return message;
}

// The negative control: knows the end and the stuffed dots, and replaces nothing.
std::string kept_by_a_careless_one(std::string_view data, framing frame, std::size_t) {
    std::string message(data);
    if (frame == framing::counted) return message + "\r\n";
    message.resize(true_end(message) - 3);
    for (std::size_t at = 0; (at = ("\r\n" + message).find("\r\n.", at)) != std::string::npos; ++at)
        message.erase(at, 1);
    return message;
}

std::string as_sent(const std::string& message) {
    dot_stuffer stuffer;
    std::string wire;
    stuffer.append(message, wire);
    stuffer.finish(wire);
    return wire;
}

// Each gives the bytes as a receiver of its kind understands them, in the strict form.
std::string strict(const std::string& wire) {
    return wire;
}

std::string dropping_nul(const std::string& wire) {
    std::string seen = wire;
    std::erase(seen, '\0');
    return seen;
}

std::string taking_bare_lf(const std::string& wire) {
    std::string seen;
    for (const char c : wire) {
        if (c == '\n') {
            while (seen.ends_with('\r'))
                seen.pop_back();
            seen += '\r';
        }
        seen += c;
    }
    return seen;
}

std::string taking_bare_cr(const std::string& wire) {
    std::string seen;
    for (std::size_t i = 0; i < wire.size(); ++i) {
        seen += wire[i];
        if (wire[i] == '\r' && (i + 1 == wire.size() || wire[i + 1] != '\n')) seen += '\n';
    }
    return seen;
}

std::string dropping_nul_taking_bare_lf(const std::string& wire) {
    return taking_bare_lf(dropping_nul(wire));
}

constexpr std::array receivers = {
    strict, dropping_nul, taking_bare_lf, taking_bare_cr, dropping_nul_taking_bare_lf
};

// Words that some receiver takes for more than one message.
std::size_t misunderstood(const decoder& decode, std::size_t longest) {
    std::size_t count = 0;
    for (const auto& word : words(longest)) {
        for (const std::string before : {"", "x", "x\r\n"}) {
            const std::string content = before + word + smuggled;
            const bool ends_early = ("\r\n" + before + word).find("\r\n.\r\n") != std::string::npos;
            for (const auto frame : {framing::dotted, framing::counted}) {
                if (frame == framing::dotted && ends_early) continue;
                const auto data = frame == framing::dotted ? content + "\r\n.\r\n" : content;
                const auto message = decode(data, frame, data.size());
                // Only cuts in the word and beside it can matter.
                for (std::size_t cut = 0; cut <= before.size() + word.size() + 1; ++cut) {
                    if (decode(data, frame, cut) != message) ++count;
                }
                const auto wire = as_sent(message);
                for (const auto receiver : receivers) {
                    const auto seen = receiver(wire);
                    if (true_end(seen) != seen.size()) ++count;
                }
            }
        }
    }
    return count;
}

class counting final : public server_observer {
public:
    void replied(const exchange& said) override {
        if (said.command == verb::mail) ++mails;
        if (said.command == verb::noop) ++noops;
        if (said.at == stage::end_of_data) (said.code == 250 ? taken : refused) += 1;
    }
    int mails = 0;
    int noops = 0;
    int taken = 0;
    int refused = 0;
};

// The server's side of a session that says `segments`.
counting session(newline_policy policy, const std::vector<std::string>& segments) {
    counting seen;
    server_settings settings;
    settings.bare_newline = policy;
    server_dialogue dialogue(settings, seen, {.may_relay = true});
    dialogue.greet();
    std::string unread;
    for (const auto& segment : segments) {
        unread += segment;
        for (bool waits = false; !waits;) {
            const auto step = dialogue.next(unread, {});
            unread.erase(0, step.consumed);
            std::string ignored;
            dialogue.take_output(ignored);
            if (step.kind == server_dialogue::event::end_message) dialogue.stored("id");
            waits = step.kind == server_dialogue::event::need_input ||
                    step.kind == server_dialogue::event::listen ||
                    step.kind == server_dialogue::event::close;
        }
    }
    return seen;
}

}  // namespace

TEST_CASE("H5 A1 S028 no word of five bytes makes two messages of one", "[smtp][hostile]") {
    CHECK(misunderstood(kept, 5) == 0);
}

TEST_CASE("H5 A1 S028 a decoder that replaces nothing is found out", "[smtp][hostile]") {
    CHECK(misunderstood(kept_by_a_careless_one, 5) > 100);
}

TEST_CASE("H5 A1 S028 no word of five bytes makes a command of content", "[smtp][hostile]") {
    const std::string open =
        "EHLO c.example\r\nMAIL FROM:<a@c.example>\r\nRCPT TO:<b@d.example>\r\n";
    for (const auto policy : {newline_policy::reject, newline_policy::normalize}) {
        for (const auto& word : words(5)) {
            const std::string content = "x" + word + smuggled;
            const auto check = [&](const std::vector<std::string>& segments) {
                const auto seen = session(policy, segments);
                CAPTURE(word, segments.size());
                REQUIRE(seen.mails == 1);
                REQUIRE(seen.noops == 1);
                REQUIRE(seen.taken + seen.refused == 1);
                if (policy == newline_policy::normalize) REQUIRE(seen.taken == 1);
                if (word.find('\0') != std::string::npos) {
                    REQUIRE(seen.refused == (policy == newline_policy::reject));
                }
            };
            const auto size = std::to_string(content.size());
            check(
                {open + "BDAT " + size + " LAST\r\n",
                 content.substr(0, 3),
                 content.substr(3),
                 "NOOP\r\n"}
            );
            if (("\r\n" + content).find("\r\n.\r\n") != std::string::npos) continue;
            const std::string data = content + "\r\n.\r\n";
            check({open + "DATA\r\n", data, "NOOP\r\n"});
            if (word.size() > 3) continue;
            for (std::size_t cut = 1; cut < data.size(); ++cut)
                check({open + "DATA\r\n", data.substr(0, cut), data.substr(cut) + "NOOP\r\n"});
        }
    }
}
