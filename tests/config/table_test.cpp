#include "relay/config/table.hpp"

#include <string>
#include <vector>

#include "relay/config/rate.hpp"
#include "relay/config/remote_ignores.hpp"
#include "tests/config/sample_host.hpp"

using namespace kurir::config;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::EndsWith;
using Catch::Matchers::StartsWith;

namespace {

std::vector<std::string> lines_of(std::string_view text) {
    std::vector<std::string> lines;
    const auto wrong = read_table(text, [&](std::string_view line) {
        lines.emplace_back(line);
        return std::optional<std::string>();
    });
    CHECK_FALSE(wrong);
    return lines;
}

// What is said of the text, when lines that begin with "bad" are wrong.
std::string said_of(std::string_view text) {
    return read_table(
               text,
               [](std::string_view line) -> std::optional<std::string> {
                   if (line.starts_with("bad")) return "has a bad line";
                   return std::nullopt;
               }
    ).value_or("nothing");
}

}  // namespace

TEST_CASE("a table has lines, without comments and blanks", "[config][table]") {
    const auto expected = std::vector<std::string>{"a=1", "b=2 c=3", "d#4"};
    const auto* end = GENERATE("\n", "\r\n", "  \n", "\t\r\n");
    std::string text;
    for (const auto* line : {"# first", "", "a=1", "  b=2 c=3 # more", "\t", "d#4\t#", "#"})
        text.append(line).append(end);
    CHECK(lines_of(text) == expected);
    CHECK(lines_of(text + "   # the last without an end") == expected);
    CHECK(lines_of("").empty());
}

TEST_CASE("a mistake is told with the number of its line", "[config][table]") {
    CHECK(said_of("a\n\n# c\nbad\n") == "has a bad line (line 4)");
    CHECK(said_of("bad\nbad") == "has a bad line (line 1)");
    CHECK(said_of("a\r\nbad\r\n") == "has a bad line (line 2)");
    CHECK(said_of("bad") == "has a bad line");  // one line has no number
    CHECK(said_of("a\nnot bad # bad\n") == "nothing");
}

TEST_CASE("a table is text, and its length has a limit", "[config][table]") {
    CHECK(said_of(std::string_view("a\nb\0c\n", 6)) == "has a control character (line 2)");
    CHECK(said_of("a\x7f") == "has a control character");
    CHECK(said_of("a\rb") == "has a control character");
    CHECK(said_of("a\tb") == "nothing");
    std::string longest(table_lines_max - 1, '\n');
    CHECK(said_of(longest + "a\n") == "nothing");
    CHECK_THAT(said_of(longest + "a\nb\n"), StartsWith("has more than 100000 lines"));
}

TEST_CASE("settings that are tables may be files of lines", "[config][table]") {
    auto machine = sample_host();
    std::string text = "# limits\r\ngmail.com=10/s\r\n*.outlook.com=200/min  # all of them\r\n";
    machine.read = [&](const auto&) { return std::optional(text); };
    const environment variables{{"KURIR_DESTINATION_RATE_FILE", "/etc/kurir/rates"}};

    const auto right = parse(variables, machine);
    REQUIRE(std::holds_alternative<loaded>(right));
    const auto& rates = std::get<loaded>(right).config.destination_rate;
    CHECK(rates.text() == "gmail.com=10/s *.outlook.com=200/min");

    text += "yahoo.com=ten/s\n";
    const auto wrong = parse(variables, machine);
    REQUIRE(std::holds_alternative<problems>(wrong));
    const auto said = only(std::get<problems>(wrong));
    CHECK_THAT(said, StartsWith("KURIR_DESTINATION_RATE_FILE: its text has 'yahoo.com=ten/s'"));
    CHECK_THAT(said, EndsWith("(line 4)"));
    CHECK_THAT(said, !ContainsSubstring("gmail"));
}

TEST_CASE("the extensions to ignore are a table, too", "[config][table]") {
    remote_ignores rules;
    CHECK_FALSE(remote_ignores::read("# these\nold.example:SIZE\n*:CHUNKING # all\n", rules));
    CHECK(rules.has("old.example", "SIZE"));
    CHECK(rules.has("old.example", "CHUNKING"));
    CHECK_FALSE(rules.has("new.example", "SIZE"));
    const auto wrong = remote_ignores::read("old.example:SIZE\nold.example:NONE\n", rules);
    REQUIRE(wrong);
    CHECK_THAT(*wrong, EndsWith("(line 2)"));
}
