#include "relay/message/body_lines.hpp"

#include <algorithm>
#include <optional>
#include <random>
#include <string>
#include <string_view>

#include "relay/message/intake.hpp"
#include "tests/support/catch.hpp"

using namespace kurir;

namespace {

bool too_long(std::string_view body, std::size_t limit, std::size_t segment) {
    message::body_lines lines(limit);
    bool found = false;
    for (std::size_t at = 0; at < body.size() && !found; at += segment)
        found = lines.too_long(body.substr(at, segment));
    return found;
}

// Whether any of the lines, which all end in CRLF, is longer.
bool has_longer_line(std::string_view body, std::size_t limit) {
    while (!body.empty()) {
        const auto end = body.find("\r\n");
        if (end > limit) return true;
        body.remove_prefix(end + 2);
    }
    return false;
}

std::optional<smtp::refusal> problem_of_message(
    const message::intake_settings& settings, std::string_view text, std::size_t step
) {
    message::intake_origin origin;
    origin.id = queue::message_id(1'000'000);
    message::intake into(settings, origin, {});
    for (; !text.empty() && !into.problem(); text.remove_prefix(std::min(step, text.size()))) {
        auto piece = text.substr(0, step);
        while (!piece.empty() && !into.problem()) {
            piece.remove_prefix(into.append(piece));
            if (into.chunk_full() && !into.problem()) into.take_chunk();
        }
    }
    if (!into.problem()) into.end();
    return into.problem();
}

}  // namespace

TEST_CASE("A16 a line of the body is as long as the limit, or too long", "[message]") {
    for (const std::size_t segment : {1U, 2U, 1000U, 100'000U}) {
        CAPTURE(segment);
        const std::string good = "x\r\n" + std::string(2000, 'y') + "\r\n\r\nz\r\n";
        const std::string bad = "x\r\n" + std::string(2001, 'y') + "\r\n\r\nz\r\n";
        CHECK_FALSE(too_long(good, 2000, segment));
        CHECK(too_long(bad, 2000, segment));
        CHECK(too_long(std::string(2002, 'y'), 2000, segment));  // it has no end yet
    }
}

TEST_CASE("A16 long lines are found however the body is cut", "[message]") {
    std::mt19937 random(16);  // NOLINT(cert-msc51-cpp): the same bodies each time
    std::size_t found = 0;
    for (int round = 0; round < 2000; ++round) {
        std::string body;
        for (int line = 0; line < 10; ++line)
            body += std::string(random() % 22, 'x') + "\r\n";
        const bool expected = has_longer_line(body, 20);
        for (const std::size_t segment : {1U, 3U, 7U, 25U, 1000U}) {
            CAPTURE(body, segment);
            REQUIRE(too_long(body, 20, segment) == expected);
        }
        found += expected ? 1 : 0;
    }
    CHECK(found > 100);
    CHECK(found < 1900);
}

TEST_CASE(
    "A16 a line of the header is limited by the header's limit, one of the body by its own",
    "[message]"
) {
    message::intake_settings limited;
    limited.line_length_max = 1000;
    const std::string good(1000, 'y');
    const std::string long_field = "References: " + std::string(300'000, 'x') + "\r\n";
    const auto problem_of = [&](const std::string& text, std::size_t step) {
        return problem_of_message(limited, text, step);
    };
    for (const std::size_t step : {1'000'000'000U, 65'536U, 777U}) {
        CAPTURE(step);
        for (const std::string& header :
             {std::string("Subject: s\r\n\r\n"),
              long_field + "\r\n",
              "Subject: s\r\n" + long_field + " " + std::string(5000, 'z') + "\r\n\r\n",
              "Subject: s\r\n\t" + std::string(300'000, 'x') + "\r\n",  // no blank line
              std::string("\r\n"),
              std::string("")}) {
            CHECK(problem_of(header, step) == std::nullopt);
            CHECK(problem_of(header + good + "\r\nx\r\n" + good + "\r\n", step) == std::nullopt);
            CHECK(
                problem_of(header + good + "\r\nx\r\n" + good + "y\r\nx\r\n", step) ==
                smtp::refusal::line_too_long
            );
            CHECK(problem_of(header + good + "y\r\n", step) == smtp::refusal::line_too_long);
        }
        // The header's own limit holds for one line as for many.
        CHECK(
            problem_of("X: " + std::string(1'048'576, 'x') + "\r\n\r\n", step) ==
            smtp::refusal::header_too_big
        );
    }
}
