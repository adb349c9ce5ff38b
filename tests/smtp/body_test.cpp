#include "relay/smtp/body.hpp"

#include <chrono>
#include <string>
#include <vector>

#include "tests/support/catch.hpp"

using namespace kurir::smtp;
using namespace std::string_literals;

namespace {

struct decoded {
    std::string message;
    std::string rest;  // behind the end of data
    bool ended = false;
    content_facts facts;
    bool malformed = false;
    bool refused_nul = false;
    bool operator==(const decoded&) const = default;
};

void feed(body_decoder& decoder, std::string_view input, decoded& into) {
    while (!input.empty() && !into.ended) {
        const auto piece = decoder.decode(input);
        into.message += piece.bytes;
        into.ended = piece.end;
        input.remove_prefix(piece.consumed);
    }
    into.rest += input;
}

// Decodes `input` given in segments that end at `cuts` (ascending).
decoded decode(
    std::string_view input,
    newline_policy policy = newline_policy::reject,
    const std::vector<std::size_t>& cuts = {}
) {
    body_decoder decoder(framing::dotted, policy);
    decoded result;
    std::size_t start = 0;
    for (const std::size_t cut : cuts) {
        feed(decoder, input.substr(start, cut - start), result);
        start = cut;
    }
    feed(decoder, input.substr(start), result);
    result.facts = decoder.facts();
    result.malformed = decoder.malformed();
    result.refused_nul = decoder.refused_nul();
    return result;
}

decoded decode_counted(std::vector<std::string> chunks, newline_policy policy) {
    body_decoder decoder(framing::counted, policy);
    decoded result;
    for (const auto& chunk : chunks)
        feed(decoder, chunk, result);
    result.message += decoder.finish();
    result.facts = decoder.facts();
    result.malformed = decoder.malformed();
    result.refused_nul = decoder.refused_nul();
    return result;
}

std::string normalized(std::string_view input, bool chunk = false) {
    if (chunk) return decode_counted({std::string(input)}, newline_policy::normalize).message;
    const auto result = decode(std::string(input) + "\r\n.\r\n", newline_policy::normalize);
    REQUIRE(result.ended);
    REQUIRE(result.rest.empty());
    return result.message;
}

// The table of security 2.1.
const std::vector<std::string> smuggling_sequences = {
    "\n.\n"s,
    "\n.\r\n"s,
    "\r\n.\n"s,
    "\r.\r"s,
    "\r.\n"s,
    "\n.\r"s,
    "\r.\r\n"s,
    "\r\n.\r"s,
    "\r\n.\r\r\n"s,
    "\n\n.\n\n"s,
    "\r\n\0.\r\n"s,
    "\r\n.\0\r\n"s,
    "\r\n\t.\r\n"s,
    "\r\n. \r\n"s,
    "\r\n..\r\n"s,
    "\x85.\x85"s,
    "\xe2\x80\xa8.\xe2\x80\xa8"s,
    "\v.\v"s,
    "\f.\f"s,
    "\xc4\x8a.\xc4\x8a"s,
    "\xc4\x8d\xc4\x8a.\xc4\x8d\xc4\x8a"s,
    "\xe5\x98\x8a.\xe5\x98\x8a"s,
    "\xe5\x98\x8d\xe5\x98\x8a.\xe5\x98\x8d\xe5\x98\x8a"s,
};

std::string frame(const std::string& sequence) {
    return "Subject: a\r\n\r\nbody" + sequence + "MAIL FROM:<evil@x>\r\nDATA\r\nx\r\n.\r\n";
}

}  // namespace

TEST_CASE("S027 dots at line starts are unstuffed", "[smtp][body]") {
    CHECK(decode(".x\r\n.\r\n").message == "x\r\n");
    CHECK(decode("..\r\n.\r\n").message == ".\r\n");
    CHECK(decode("a\r\n..b\r\nc..d\r\n.\r\n").message == "a\r\n.b\r\nc..d\r\n");
}

TEST_CASE("S028 smuggling 21: a dot at the very start is the end", "[smtp][body]") {
    const auto result = decode(".\r\nQUIT\r\n");
    CHECK(result.ended);
    CHECK(result.message.empty());
    CHECK(result.rest == "QUIT\r\n");
    CHECK(result.facts == content_facts{});
}

TEST_CASE("S028 smuggling 1-18: only the true end ends the data", "[smtp][body]") {
    for (std::size_t i = 0; i < smuggling_sequences.size(); ++i) {
        CAPTURE(i);
        const std::string input = frame(smuggling_sequences[i]);
        for (const auto policy : {newline_policy::reject, newline_policy::normalize}) {
            const auto result = decode(input, policy);
            CHECK(result.ended);
            CHECK(result.rest.empty());
            CHECK(result.message.find("evil") != std::string::npos);
        }
        const bool bare = i < 10;
        CHECK(decode(input).malformed == bare);
        CHECK(!decode(input, newline_policy::normalize).malformed);
    }
}

TEST_CASE("S028 smuggling 10: a stray CR before the true end", "[smtp][body]") {
    const auto result = decode("body\r\r\n.\r\nNOOP\r\n");
    CHECK(result.malformed);
    CHECK(result.rest == "NOOP\r\n");
    CHECK(decode("body\r\r\n.\r\n", newline_policy::normalize).message == "body\r\n");
}

TEST_CASE("S028 normalising leaves no bare CR or LF and makes no end of data", "[smtp][body]") {
    const auto result = decode("a\nb\n.\nc\rd\r\n.\r\n", newline_policy::normalize);
    CHECK(result.message == "a\r\nb\r\n.\r\nc\r\nd\r\n");
    CHECK(result.facts.bare_cr);
    CHECK(result.facts.bare_lf);
    CHECK(result.facts.size == result.message.size());
}

TEST_CASE(
    "S028 smuggling 19: the same bytes give the same result however they are cut", "[smtp][body]"
) {
    std::vector<std::string> inputs = {".\r\nrest", "a\r\n..b\r\n.\r\nrest", "\r\n\r\n.\r\n"};
    for (const auto& sequence : smuggling_sequences)
        inputs.push_back(frame(sequence));
    for (const auto& input : inputs) {
        for (const auto policy : {newline_policy::reject, newline_policy::normalize}) {
            const auto whole = decode(input, policy);
            CAPTURE(input);
            for (std::size_t first = 0; first <= input.size(); ++first) {
                REQUIRE(decode(input, policy, {first}) == whole);
                for (std::size_t more = 1; more < 6 && first + more <= input.size(); ++more) {
                    REQUIRE(decode(input, policy, {first, first + more}) == whole);
                }
            }
            std::vector<std::size_t> everywhere(input.size());
            for (std::size_t i = 0; i < input.size(); ++i)
                everywhere[i] = i;
            REQUIRE(decode(input, policy, everywhere) == whole);
        }
    }
}

TEST_CASE("S028 smuggling 20: the true end across buffer edges", "[smtp][body]") {
    for (const std::size_t edge : {4096U, 8192U, 16384U, 65536U}) {
        for (std::size_t shift = 0; shift <= 11; ++shift) {
            const std::string text(edge + shift - 8, 'x');
            const auto result = decode(text + "\r\n.\r\nNOOP", newline_policy::reject, {edge});
            REQUIRE(result.message == text + "\r\n");
            REQUIRE(result.rest == "NOOP");
        }
    }
}

TEST_CASE("S084 the size is counted after unstuffing, with line ends", "[smtp][body]") {
    const auto result = decode("..ab\r\n12345\r\n.\r\n");
    CHECK(result.facts.size == 12);
    CHECK(result.facts.longest_line == 5);
    CHECK(!result.facts.eight_bit);
    CHECK(decode("\xe9\r\n.\r\n").facts.eight_bit);
}

TEST_CASE("S089 chunks are not unstuffed and hold no end", "[smtp][body]") {
    const auto result = decode_counted({"a\r\n.\r", "\nMAIL\r\n..\r\n"}, newline_policy::reject);
    CHECK(result.message == "a\r\n.\r\nMAIL\r\n..\r\n");
    CHECK(!result.malformed);
    CHECK(!result.ended);
}

TEST_CASE("A last line without its line end gets one", "[smtp][body]") {
    const auto result = decode_counted({"abc"}, newline_policy::reject);
    CHECK(result.message == "abc\r\n");
    CHECK(result.facts.size == 5);
    CHECK(decode_counted({}, newline_policy::reject).message.empty());
    CHECK(decode_counted({"abc\r\n"}, newline_policy::reject).message == "abc\r\n");
}

TEST_CASE("Bare line ends in chunks are found, also at the end of the last", "[smtp][body]") {
    CHECK(decode_counted({"a\nb\r\n"}, newline_policy::reject).malformed);
    CHECK(decode_counted({"a\rb\r\n"}, newline_policy::reject).malformed);
    CHECK(decode_counted({"a\r", "b\r\n"}, newline_policy::reject).malformed);
    CHECK(decode_counted({"a\r"}, newline_policy::reject).malformed);
    CHECK(decode_counted({"a\r"}, newline_policy::normalize).message == "a\r\n");
    CHECK(decode_counted({"a\n"}, newline_policy::normalize).message == "a\r\n");
    CHECK(decode_counted({"a\n", "b"}, newline_policy::normalize).message == "a\r\nb\r\n");
}

TEST_CASE(
    "A1 any run of CRs before an LF is one line end, other CRs are one each", "[smtp][body]"
) {
    for (const bool chunk : {false, true}) {
        const std::string end = chunk ? "" : "\r\n";
        const auto decoded = [chunk](std::string_view input) { return normalized(input, chunk); };
        CAPTURE(chunk);
        CHECK(decoded("S: s\r\n\r\r\nN: x\r\n") == "S: s\r\n\r\nN: x\r\n" + end);
        for (const std::size_t count : {1U, 2U, 3U, 40U, 5000U}) {
            CHECK(decoded("a" + std::string(count, '\r') + "\nb\r\n") == "a\r\nb\r\n" + end);
        }
        CHECK(decoded("a\rb\r\n") == "a\r\nb\r\n" + end);
        CHECK(decoded("a\r\rb\r\n") == "a\r\n\r\nb\r\n" + end);
        CHECK(decoded("\r\n\rb\n\r\n") == "\r\n\r\nb\r\n\r\n" + end);
        std::string many;
        for (int i = 0; i < 100; ++i)
            many += "\r\n";
        CHECK(decoded("a" + std::string(100, '\r') + "b\n") == "a" + many + "b\r\n" + end);
    }
    CHECK(normalized("a\r\r", true) == "a\r\n");
    CHECK(normalized("\r", true) == "\r\n");
    CHECK(decode_counted({"a\r", "\r", "\nb"}, newline_policy::normalize).message == "a\r\nb\r\n");
    CHECK(decode("x\r\r\r\n.\r\nNOOP", newline_policy::normalize).message == "x\r\n");
    CHECK(decode("x\r\r\r\n.\r\nNOOP", newline_policy::normalize).rest == "NOOP");
    CHECK(decode("a\r\r\nb\r\n.\r\n").malformed);  // refused, if that is the policy
}

TEST_CASE("H5 NUL is refused, or becomes a space that hides no end of data", "[smtp][body]") {
    const std::string around[] = {
        "a\r\n\0.\r\nb"s,
        "a\r\n.\0\r\nb"s,
        "a\n\0.\nb"s,
        "a\0\r\nb"s,
        "\0"s,
        "a\r\0\nb"s,
        "a\r\n.\r\0\nb"s,
        "a\0\0\0\0b\0"s,
        std::string(3000, '\0'),
    };
    for (const auto& input : around) {
        CAPTURE(input);
        const auto given = input + "\r\n.\r\nNOOP\r\n";
        const auto result = decode(given, newline_policy::normalize);
        CHECK(result.message.find('\0') == std::string::npos);
        CHECK(result.rest == "NOOP\r\n");
        CHECK(!result.refused_nul);
        CHECK(result.facts.nul);
        CHECK(decode(given).refused_nul);
        CHECK(decode(given).rest == "NOOP\r\n");
        CHECK(normalized(input, true).find('\0') == std::string::npos);
    }
    CHECK(normalized("a\r\n\0.\r\nb"s) == "a\r\n .\r\nb\r\n");
    CHECK(normalized("\0a\0\0b"s) == " a  b\r\n");
    CHECK(!decode("a\x01\x1b\x7f\r\n.\r\n").refused_nul);
    CHECK(normalized("a\x01\x1b\x7f") == "a\x01\x1b\x7f\r\n");
}

TEST_CASE("H5 bytes that stop the decoder cost it a bounded number of steps", "[smtp][body]") {
    std::string input;
    for (const auto& unit : {"\0"s, "\r"s, "\n"s, "\ra"s, "\r\0"s, "\n."s, "\r\r\n"s}) {
        for (int i = 0; i < 200'000; ++i)
            input += unit;
    }
    std::size_t calls = 0;
    body_decoder decoder(framing::dotted, newline_policy::normalize);
    for (std::string_view rest = input; !rest.empty(); ++calls)
        rest.remove_prefix(decoder.decode(rest.substr(0, 65536)).consumed);
    CHECK(calls < 4 * input.size());
}

TEST_CASE("The decoder's speed", "[.][benchmark]") {
    std::string input;
    while (input.size() < 65536)
        input += std::string(76, 'x') + "\r\n";
    const auto start = std::chrono::steady_clock::now();
    std::uint64_t bytes = 0;
    body_decoder decoder(framing::dotted, newline_policy::reject);
    for (int i = 0; i < 20000; ++i)
        bytes += decoder.decode(input).bytes.size();
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    WARN(static_cast<double>(bytes) / took.count() / 1e9 << " GB/s");
}
