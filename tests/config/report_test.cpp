#include "relay/config/report.hpp"

#include <iostream>
#include <set>

#include "relay/config/kinds.hpp"
#include "relay/config/nearest.hpp"
#include "relay/config/single_kinds.hpp"
#include "tests/support/catch.hpp"

using namespace kurir::config;
using Catch::Matchers::ContainsSubstring;

namespace {

loaded defaults_with(const environment& variables) {
    const host machine{
        .name = "mx.example.org",
        .cpus = 2,
        .read = [](const auto&) { return std::optional<std::string>("7\n"); },
    };
    auto outcome = parse(variables, machine);
    REQUIRE(std::holds_alternative<loaded>(outcome));
    return std::get<loaded>(outcome);
}

}  // namespace

TEST_CASE("each setting has one row with name, type, range and help", "[config][settings]") {
    std::set<std::string_view> names;
    for (const auto& each : settings()) {
        CAPTURE(each.name);
        CHECK(each.name.starts_with("KURIR_"));
        CHECK(names.insert(each.name).second);
        CHECK_FALSE(each.type.empty());
        CHECK_FALSE(each.range.empty());
        CHECK(each.help.ends_with('.'));
        CHECK(each.help.find('|') == std::string_view::npos);
    }
}

TEST_CASE("each setting's value reads back as it is shown", "[config][settings]") {
    const auto made = defaults_with({{"KURIR_RELAYHOST", "[2001:db8::1]:26"}});
    for (const auto& each : settings()) {
        CAPTURE(each.name);
        const auto shown = each.show(made.config);
        auto again = made.config;
        if (shown.empty()) continue;
        CHECK_FALSE(each.read(shown, again));
        CHECK(each.show(again) == shown);
    }
}

TEST_CASE("the report says what is in effect and where it came from", "[config][report]") {
    const auto text = describe(
        defaults_with({{"KURIR_MAX_MESSAGE_SIZE", "1024K"}, {"KURIR_MAX_HOPS_FILE", "/run/hops"}})
    );

    CHECK_THAT(
        text, Catch::Matchers::Matches("[^]*KURIR_HOSTNAME +mx.example.org +# default\n[^]*")
    );
    CHECK_THAT(
        text,
        Catch::Matchers::Matches("[^]*KURIR_MAX_MESSAGE_SIZE +1M +# KURIR_MAX_MESSAGE_SIZE\n[^]*")
    );
    CHECK_THAT(
        text,
        Catch::Matchers::Matches("[^]*KURIR_MAX_HOPS +7 +# KURIR_MAX_HOPS_FILE /run/hops, read "
                                 "again on SIGHUP and when it changes\n[^]*")
    );
}

TEST_CASE("a secret is never shown", "[config][report]") {
    const auto subject =
        secret(row({"KURIR_SAMPLE", "", "For this test."}, &config::hostname, host_name()));
    config value;
    value.hostname = "hunter2";

    const auto text = describe(subject, value, {});

    CHECK_THAT(text, ContainsSubstring("***"));
    CHECK_THAT(text, !ContainsSubstring("hunter2"));
}

TEST_CASE("the help names each variable, its default and its values", "[config][report]") {
    const auto text = help_text();
    for (const auto& each : settings()) {
        CAPTURE(each.name);
        CHECK_THAT(
            text,
            ContainsSubstring(
                "  " + each.name + (each.takes_effect == effect::at_reload ? " *\n" : "\n")
            )
        );
    }
    CHECK_THAT(text, ContainsSubstring("size: 1K to 2G [25M]"));
    std::size_t start = 0;
    for (auto end = text.find('\n'); end != std::string::npos; end = text.find('\n', start)) {
        CHECK(end - start <= 100);
        start = end + 1;
    }
}

TEST_CASE("the nearest name is the one with the fewest edits", "[config][nearest]") {
    CHECK(edit_distance("kitten", "sitting") == 3);
    CHECK(edit_distance("abc", "abc") == 0);
    CHECK(edit_distance("", "abc") == 3);
    CHECK(edit_distance("KURIR_FIEL", "KURIR_FILE") == 1);
    CHECK(nearest_name("KURIR_HOST", {"KURIR_LISTEN", "KURIR_HOSTS"}) == "KURIR_HOSTS");
    CHECK(nearest_name("zzzzzzzzzzz", {"KURIR_LISTEN"}).empty());
}

// Not a check: tests/config/tests.cmake compares what this prints with the README.
TEST_CASE("print the tables", "[.print]") {
    std::cout << "TABLES\n" << readme_table() << "END\n";
}
