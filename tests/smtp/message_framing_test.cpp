// Where a message's bytes end: whatever they are, however they are cut, and however it is refused.
#include "relay/smtp/message_framing.hpp"

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "tests/support/catch.hpp"

using namespace kurir::smtp;

namespace {

using framing_event = message_framing::event;

constexpr std::uint64_t no_limit = 0;
const std::string commands = "RSET\r\nMAIL FROM:<evil@x.test>\r\n";

// What came of the bytes that were fed.
struct outcome {
    std::string message;   // what was given out
    std::string commands;  // what was left for the commands
    std::size_t chunks = 0;
    std::size_t drops = 0;
    bool ended = false;
};

// Feeds `input` in segments of at most `segment` bytes, as long as the framing owns the input.
outcome feed(message_framing& framing, std::string_view input, std::size_t segment) {
    outcome result;
    std::string_view unread;
    while (framing.owns_input()) {
        const auto step = framing.next(unread);
        if (framing.take_drop()) ++result.drops;
        unread.remove_prefix(step.consumed);
        if (step.reached == framing_event::message_bytes) result.message += step.bytes;
        if (step.reached == framing_event::end_of_chunk) ++result.chunks;
        if (step.reached == framing_event::end_of_message) result.ended = true;
        if (step.reached != framing_event::need_input) continue;
        REQUIRE(unread.empty());
        if (input.empty()) break;
        unread = input.substr(0, segment);
        input.remove_prefix(unread.size());
    }
    result.commands = std::string(unread) + std::string(input);
    return result;
}

message_framing relaxed(std::uint64_t size_max = no_limit) {
    return {newline_policy::normalize, size_max};
}

const std::vector<std::size_t> segments{1, 2, 3, 7, 1000};

}  // namespace

TEST_CASE("DATA owns the input to its end of data and not a byte further", "[smtp][framing]") {
    const std::string wire = "Subject: x\r\n\r\n..QUIT\r\nQUIT\r\n.\r\n";
    for (const auto segment : segments) {
        auto framing = relaxed();
        CHECK_FALSE(framing.owns_input());
        framing.begin_data();
        CHECK(framing.receiving());
        const auto result = feed(framing, wire + commands, segment);
        CHECK(result.ended);
        CHECK(result.message == "Subject: x\r\n\r\n.QUIT\r\nQUIT\r\n");
        CHECK(result.commands == commands);
        CHECK_FALSE(framing.verdict());
        CHECK(framing.facts().size == result.message.size());
        CHECK(framing.kind() == framing::dotted);
    }
}

TEST_CASE("Chunks of a message own as many bytes as they announced", "[smtp][framing]") {
    std::mt19937 random(3030);  // NOLINT(cert-msc51-cpp): the same sequences each time
    const std::string content = "Subject: x\r\n\r\n.\r\nQUIT\r\n.\r\nend\r\n";
    for (int round = 0; round < 300; ++round) {
        auto framing = relaxed();
        std::string message;
        std::string_view rest = content;
        bool last = false;
        while (!last) {
            const auto size = random() % (rest.size() + 1);
            last = size == rest.size();
            framing.begin_chunk({.size = size, .last = last});
            CHECK(framing.chunk_size() == size);
            const auto segment = segments[random() % segments.size()];
            const std::string wire = std::string(rest.substr(0, size)) + commands;
            const auto result = feed(framing, wire, segment);
            message += result.message;
            rest.remove_prefix(size);
            REQUIRE(result.commands == commands);
            REQUIRE(result.ended == last);
            REQUIRE(result.chunks == (last ? 0 : 1));
        }
        REQUIRE(message == content);
        REQUIRE_FALSE(framing.verdict());
        REQUIRE(framing.kind() == framing::counted);
    }
}

TEST_CASE("A last chunk may be empty, and ends the last line", "[smtp][framing]") {
    auto framing = relaxed();
    framing.begin_chunk({.size = 4, .last = false});
    const auto first = feed(framing, "line", 1);
    CHECK(first.chunks == 1);
    framing.begin_chunk({.size = 0, .last = true});
    CHECK(framing.owns_input());
    const auto second = feed(framing, "", 1);
    CHECK(second.ended);
    CHECK(first.message + second.message == "line\r\n");
}

TEST_CASE("What can't be taken is read to its end, dropped once, and no command", "[smtp]") {
    const std::string content = std::string(40, 'x') + "\r\nRSET\r\nQUIT\r\n";
    struct kind {
        newline_policy newlines;
        std::uint64_t size_max;
        std::string bad;  // in the content
        refusal expected;
    };
    const std::vector<kind> kinds = {
        {newline_policy::normalize, 20, "", refusal::too_big},
        {newline_policy::reject, no_limit, "a\nb\r\n", refusal::bare_newline},
        {newline_policy::reject, no_limit, std::string("a\0b\r\n", 5), refusal::nul},
    };
    for (const auto& each : kinds) {
        for (const auto segment : segments) {
            CAPTURE(segment, each.bad);
            const std::string bytes = each.bad + content;
            message_framing dotted(each.newlines, each.size_max);
            dotted.begin_data();
            const auto data = feed(dotted, bytes + ".\r\n" + commands, segment);
            CHECK(data.ended);
            CHECK(data.commands == commands);
            CHECK(data.drops == 1);
            CHECK(data.message.size() < bytes.size());
            CHECK(dotted.verdict() == each.expected);

            message_framing counted(each.newlines, each.size_max);
            counted.begin_chunk({.size = bytes.size(), .last = false});
            const auto chunk = feed(counted, bytes + commands, segment);
            CHECK(chunk.chunks == 1);
            CHECK(chunk.commands == commands);
            CHECK(chunk.drops == 1);
            CHECK(counted.verdict() == each.expected);
            CHECK(counted.failed());
        }
    }
}

TEST_CASE("After a refusal the rest is dropped to its end, and nothing is owed", "[smtp]") {
    for (const auto segment : segments) {
        auto framing = relaxed();
        framing.begin_data();
        const auto before = feed(framing, "Subject: x\r\n", segment);
        CHECK(before.message == "Subject: x\r\n");
        framing.refuse(refusal::store_full);
        const auto after = feed(framing, "QUIT\r\n.\r\n" + commands, segment);
        CHECK(after.ended);
        CHECK(after.message.empty());
        CHECK(after.commands == commands);
        CHECK(before.drops + after.drops == 0);
        CHECK(framing.verdict() == refusal::store_full);
        framing.forget();
        CHECK_FALSE(framing.take_drop());
        CHECK_FALSE(framing.begun());
    }
}

TEST_CASE("A chunk that was refused beforehand is no part of the message", "[smtp][framing]") {
    for (const auto segment : segments) {
        auto framing = relaxed();
        framing.skip_chunk({.size = 6, .last = true});
        CHECK_FALSE(framing.receiving());
        const auto result = feed(framing, "QUIT\r\n" + commands, segment);
        CHECK(result.message.empty());
        CHECK_FALSE(result.ended);
        CHECK(result.commands == commands);
        CHECK_FALSE(framing.begun());

        framing.skip_chunk({.size = 0, .last = false});
        CHECK_FALSE(framing.owns_input());
    }
}

TEST_CASE("What is kept of a message is dropped once when it is forgotten", "[smtp][framing]") {
    const auto kept = [] {
        auto framing = relaxed();
        framing.begin_chunk({.size = 3, .last = false});
        std::ignore = feed(framing, "abc", 3);
        return framing;
    };
    auto aborted = kept();
    aborted.forget();
    CHECK(aborted.take_drop());
    CHECK_FALSE(aborted.take_drop());

    auto stopped = kept();
    stopped.begin_chunk({.size = 3, .last = true});
    stopped.stop();
    CHECK_FALSE(stopped.owns_input());
    stopped.forget();
    CHECK(stopped.take_drop());
    CHECK_FALSE(stopped.take_drop());

    auto stored = kept();
    stored.let_go();
    stored.forget();
    CHECK_FALSE(stored.take_drop());

    auto failed = kept();
    failed.fail();
    CHECK(failed.failed());
    failed.forget();
    CHECK_FALSE(failed.failed());
    failed.begin_data();  // the next message may come by either
    CHECK(feed(failed, "x\r\n.\r\n", 1).message == "x\r\n");
}
