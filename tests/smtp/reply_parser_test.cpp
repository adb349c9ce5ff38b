#include "relay/smtp/reply_parser.hpp"

#include <utility>

#include "tests/support/catch.hpp"

using namespace kurir::smtp;
using state = reply_parser::state;

namespace {

struct conversation {
    std::vector<reply> replies;
    state last = state::incomplete;
    bool operator==(const conversation&) const = default;
};

// Reads from pieces, until one is no SMTP.
conversation read(const std::vector<std::string_view>& pieces) {
    reply_parser parser;
    conversation all;
    for (auto piece : pieces) {
        while (!piece.empty() && all.last != state::broken) {
            all.last = parser.feed(piece);
            if (all.last == state::complete) all.replies.push_back(parser.take());
        }
    }
    return all;
}

conversation read(std::string_view bytes) {
    return read(std::vector{bytes});
}

reply only(std::string_view bytes) {
    CAPTURE(bytes);
    auto all = read(bytes);
    REQUIRE(all.replies.size() == 1);
    REQUIRE(all.last == state::complete);
    return std::move(all.replies.front());
}

bool is_broken(std::string_view bytes) {
    const auto all = read(bytes);
    return all.last == state::broken && all.replies.empty();
}

}  // namespace

TEST_CASE("a reply is its code and its text", "[smtp][reply_parser]") {
    CHECK(only("250 OK\r\n") == reply{250, {}, {"OK"}});
    CHECK(only("354 Go  ahead \r\n") == reply{354, {}, {"Go  ahead "}});
    CHECK(only("220 mx.test ESMTP\r\n") == reply{220, {}, {"mx.test ESMTP"}});
}

TEST_CASE("C008 the code alone, with or without its space, is a reply", "[smtp][reply_parser]") {
    CHECK(only("250\r\n") == reply{250, {}, {""}});
    CHECK(only("250 \r\n") == reply{250, {}, {""}});
}

TEST_CASE("C006 any code from 200 to 599 is a reply, nothing else is", "[smtp][reply_parser]") {
    CHECK(only("200 x\r\n").code == 200);
    CHECK(only("599 x\r\n").code == 599);
    CHECK(only("459 x\r\n").severity() == 4);
    for (const auto* text :
         {"199 x\r\n",
          "600 x\r\n",
          "000 x\r\n",
          "25 x\r\n",
          "2\r\n",
          "\r\n",
          "25O x\r\n",
          "2500 x\r\n",
          "250:x\r\n",
          "250\tx\r\n",
          " 250 x\r\n",
          "-50 x\r\n",
          "SSH-2.0-server\r\n",
          "HTTP/1.1 400 Bad Request\r\n"}) {
        CAPTURE(text);
        CHECK(is_broken(text));
    }
}

TEST_CASE("C008 a multi-line reply ends with the line that has a space", "[smtp][reply_parser]") {
    const reply expected{250, {}, {"mx.test", "SIZE 1000", "8BITMIME"}};
    CHECK(only("250-mx.test\r\n250-SIZE 1000\r\n250 8BITMIME\r\n") == expected);
    CHECK(only("250-\r\n250\r\n") == reply{250, {}, {"", ""}});
    CHECK(is_broken("250-mx.test\r\nnothing\r\n"));
}

TEST_CASE("a line that ends with a bare LF is a line", "[smtp][reply_parser]") {
    CHECK(only("250-one\n250 two\n") == reply{250, {}, {"one", "two"}});
    CHECK(only("250-one\n250 two\r\n") == reply{250, {}, {"one", "two"}});
    CHECK(only("250 one\rtwo\r\n") == reply{250, {}, {"one\rtwo"}});
}

TEST_CASE("an enhanced status counts if its class is the code's", "[smtp][reply_parser]") {
    CHECK(only("550 5.1.1 No such user\r\n") == reply{550, {5, 1, 1}, {"No such user"}});
    CHECK(only("250 2.0.0\r\n") == reply{250, {2, 0, 0}, {""}});
    CHECK(only("550 4.1.1 Which?\r\n") == reply{550, {}, {"4.1.1 Which?"}});
    CHECK(only("550 5.1 Which?\r\n") == reply{550, {}, {"5.1 Which?"}});
    CHECK(only("250 10.0.0.1 greets you\r\n") == reply{250, {}, {"10.0.0.1 greets you"}});
    CHECK(only("354 3.0.0 x\r\n") == reply{354, {}, {"3.0.0 x"}});
    CHECK(only("450 4.07.001 padded\r\n") == reply{450, {4, 7, 1}, {"padded"}});
    CHECK(only("450-4.2.0 a\r\n450 4.7.1 b\r\n") == reply{450, {4, 7, 1}, {"a", "b"}});
}

TEST_CASE("C008 of lines with different codes the last one counts", "[smtp][reply_parser]") {
    CHECK(only("251-a\r\n250 b\r\n") == reply{250, {}, {"a", "b"}});
    CHECK(only("554-5.7.1 a\r\n550 5.1.1 b\r\n") == reply{550, {5, 1, 1}, {"a", "b"}});
}

TEST_CASE("C008 lines that contradict each other prove nothing", "[smtp][reply_parser]") {
    for (const auto* text :
         {"550-a\r\n250 b\r\n",
          "250-a\r\n550 b\r\n",
          "550-5.1.1 a\r\n250 2.0.0 b\r\n",
          "354-a\r\n250 b\r\n",
          "250-a\r\n354 b\r\n",
          "250-a\r\n550-a\r\n250 b\r\n",
          "550-a\r\n250-b\r\n250 c\r\n",
          "450-a\r\n250 b\r\n"}) {
        CAPTURE(text);
        const auto said = only(text);
        CHECK(said.inconsistent);
        CHECK(said.code == 451);
        CHECK_FALSE(said.status);
    }
    // What is temporary anyway keeps its code: 421 says that the server closes.
    const auto closing = only("250-a\r\n421 4.3.2 b\r\n");
    CHECK(closing.inconsistent);
    CHECK(closing.code == 421);
    CHECK_FALSE(closing.status);
}

TEST_CASE("what one reply was does not stick to the next", "[smtp][reply_parser]") {
    const auto all = read("550-a\r\n250 b\r\n550 5.1.1 c\r\n250 d\r\n");
    REQUIRE(all.replies.size() == 3);
    CHECK(all.replies[0].inconsistent);
    CHECK(all.replies[1] == reply{550, {5, 1, 1}, {"c"}});
    CHECK(all.replies[2] == reply{250, {}, {"d"}});
}

TEST_CASE("feed stops after one reply", "[smtp][reply_parser]") {
    reply_parser parser;
    std::string_view bytes = "250 a\r\n354 b\r\n22";
    REQUIRE(parser.feed(bytes) == state::complete);
    CHECK(bytes == "354 b\r\n22");
    CHECK(parser.take().code == 250);
    REQUIRE(parser.feed(bytes) == state::complete);
    CHECK(parser.take().code == 354);
    CHECK(parser.feed(bytes) == state::incomplete);
    CHECK(bytes.empty());
}

TEST_CASE("the same bytes are the same replies however they are cut", "[smtp][reply_parser]") {
    for (const std::string_view all :
         {"250-mx.test\r\n250-SIZE 1000\r\n250 PIPELINING\r\n",
          "450 4.7.1 a\r\n250 b\n354\r\n550-5.1.1 a\r\n250 b\r\n",
          "250-a\r\n250-\n250 c\r\n221 2.0.0 Bye\r\n",
          "250 a\r\nSSH-2.0\r\n"}) {
        CAPTURE(all);
        const auto whole = read(all);
        for (std::size_t first = 0; first <= all.size(); ++first) {
            for (std::size_t second = first; second <= all.size(); ++second) {
                const auto cut = read(
                    {all.substr(0, first), all.substr(first, second - first), all.substr(second)}
                );
                CAPTURE(first, second);
                REQUIRE(cut == whole);
            }
        }
        std::vector<std::string_view> bytes;
        for (std::size_t i = 0; i < all.size(); ++i)
            bytes.push_back(all.substr(i, 1));
        CHECK(read(bytes) == whole);
    }
}

TEST_CASE("what can't become a reply is not waited for", "[smtp][reply_parser]") {
    CHECK(is_broken("SSH"));
    CHECK(read("SS").last == state::incomplete);
    CHECK(read("250 never ends").last == state::incomplete);
}

TEST_CASE("C009 a line is cut at 2,048 bytes, and memory with it", "[smtp][reply_parser]") {
    const std::string long_text(100'000, 'x');
    const auto said = only("250-" + long_text + "\r\n250 short\r\n");
    REQUIRE(said.lines.size() == 2);
    CHECK(said.lines[0] == std::string(2044, 'x'));
    CHECK(said.lines[1] == "short");
}

TEST_CASE("C009 a hundred lines are kept, the rest is read", "[smtp][reply_parser]") {
    std::string text;
    for (int i = 0; i < 5'000; ++i)
        text += "250-" + std::to_string(i) + "\r\n";
    text += "250 2.0.0 last\r\n";
    const auto said = only(text);
    REQUIRE(said.lines.size() == 100);
    CHECK(said.lines.back() == "99");
    CHECK(said.status == enhanced_status{2, 0, 0});
    CHECK_FALSE(said.inconsistent);
}

TEST_CASE("a contradiction counts also in a line that is not kept", "[smtp][reply_parser]") {
    std::string text;
    for (int i = 0; i < 200; ++i)
        text += "250-x\r\n";
    CHECK(only(text + "550-x\r\n250 x\r\n").inconsistent);
}

TEST_CASE("C009 a reply without end is given up", "[smtp][reply_parser]") {
    std::string text;
    for (int i = 0; i < 10'001; ++i)
        text += "250-x\r\n";
    CHECK(is_broken(text));
    CHECK(read(std::string_view(text).substr(0, 10'000 * 7)).last == state::incomplete);
}

namespace {

reply greeting_of(std::string_view bytes) {
    reply_parser parser;
    REQUIRE(parser.feed(bytes) == reply_parser::state::complete);
    return parser.take_greeting();
}

}  // namespace

TEST_CASE("D11 220- before a refusal in a greeting is the custom", "[smtp][reply_parser]") {
    const auto single = greeting_of("220-mx.example ESMTP\r\n521 5.7.1 Blocked by example\r\n");
    CHECK(single.code == 521);
    CHECK_FALSE(single.inconsistent);
    CHECK(single.status == enhanced_status{5, 7, 1});
    CHECK(single.lines == std::vector<std::string>{"Blocked by example"});

    const auto more = greeting_of("220-mx\r\n220-wait\r\n554-no\r\n554 go away\r\n");
    CHECK(more.code == 554);
    CHECK(more.lines == std::vector<std::string>{"no", "go away"});
    CHECK(greeting_of("220-mx\r\n421 4.3.2 busy\r\n").code == 421);
}

TEST_CASE("D11 other contradictions in a greeting stay some", "[smtp][reply_parser]") {
    CHECK(greeting_of("554-no\r\n220 yes\r\n").inconsistent);
    CHECK(greeting_of("220-mx\r\n554-no\r\n220-mx\r\n554 no\r\n").inconsistent);
    CHECK(greeting_of("250-mx\r\n554 no\r\n").inconsistent);
    CHECK_FALSE(greeting_of("220-mx\r\n220 yes\r\n").inconsistent);

    // And elsewhere than in a greeting.
    reply_parser parser;
    std::string_view bytes = "220-mx\r\n521 5.7.1 no\r\n";
    REQUIRE(parser.feed(bytes) == reply_parser::state::complete);
    CHECK(parser.take().inconsistent);
}

TEST_CASE("D11 the line that is no reply is kept", "[smtp][reply_parser]") {
    reply_parser whole;
    std::string_view bytes = "Error: your host is blocked\r\n";
    CHECK(whole.feed(bytes) == reply_parser::state::broken);
    CHECK(whole.offending() == "Error: your host is blocked");
    CHECK(whole.line_ended());

    reply_parser part;
    bytes = "Err";
    CHECK(part.feed(bytes) == reply_parser::state::broken);
    CHECK(part.offending() == "Err");
    CHECK_FALSE(part.line_ended());
}

TEST_CASE("D1 a reply that has begun is pending", "[smtp][reply_parser]") {
    reply_parser parser;
    CHECK_FALSE(parser.pending());
    std::string_view bytes = "25";
    std::ignore = parser.feed(bytes);
    CHECK(parser.pending());
    bytes = "0-one\r\n";
    std::ignore = parser.feed(bytes);
    CHECK(parser.pending());
    bytes = "250 two\r\n";
    REQUIRE(parser.feed(bytes) == reply_parser::state::complete);
    std::ignore = parser.take();
    CHECK_FALSE(parser.pending());
}
