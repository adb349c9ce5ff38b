// With a family of its own.
#include "relay/config/families.hpp"

#include <array>
#include <map>
#include <string>
#include <variant>
#include <vector>

#include "relay/config/kinds.hpp"
#include "relay/config/report.hpp"
#include "relay/config/single_kinds.hpp"
#include "tests/config/sample_host.hpp"

using namespace kurir::config;
using Catch::Matchers::ContainsSubstring;

namespace {

// Postmen, each with a street (which it must have) and a pace; the values stand where single
// settings have theirs.
struct postman {
    std::string street;
    std::uint64_t pace = 0;
    bool operator==(const postman&) const = default;
};
std::map<std::string, postman> postmen;

std::vector<setting> rows_of(const std::string& name) {
    const auto begin = "KURIR_POSTMAN_" + name;
    return {
        row(
            {begin + "_STREET", "", "Where."},
            [name](const config&) -> std::string& { return postmen[name].street; },
            host_name()
        ),
        row(
            {begin + "_PACE", "10", "How fast."},
            [name](const config&) -> std::uint64_t& { return postmen[name].pace; },
            number("1", "99")
        ),
        secret(row(
            {begin + "_LAST_PACE", "", "How fast at the end."},
            [name](const config&) -> std::uint64_t& { return postmen[name].pace; },
            number("1", "99")
        )),
    };
}

const std::array<family, 1> postman_families{family{"KURIR_POSTMAN_", rows_of}};

std::variant<loaded, problems> parsed(const environment& variables) {
    postmen.clear();
    return parse(variables, sample_host(), {settings(), postman_families});
}

loaded right(const environment& variables) {
    auto outcome = parsed(variables);
    REQUIRE(std::holds_alternative<loaded>(outcome));
    return std::get<loaded>(outcome);
}

std::string wrong(const environment& variables) {
    const auto outcome = parsed(variables);
    REQUIRE(std::holds_alternative<problems>(outcome));
    return only(std::get<problems>(outcome));
}

}  // namespace

TEST_CASE("a family has its settings for each name in the environment", "[config][family]") {
    const auto made = right({
        {"KURIR_POSTMAN_ANNE_STREET", "north.example"},
        {"KURIR_POSTMAN_ANNE_PACE", "12"},
        {"KURIR_POSTMAN_BO_2_STREET_FILE", "/run/secrets/name"},
        {"KURIR_POSTMAN_NOBODY_STREET", ""},
        {"KURIR_MAX_HOPS", "9"},
    });

    CHECK(made.config.max_hops == 9);
    CHECK(postmen["ANNE"] == postman{"north.example", 12});
    CHECK(postmen["BO_2"] == postman{"relay.example.net", 10});
    CHECK(postmen.size() == 2);
    CHECK(made.entries.size() == settings().size() + 6);
    CHECK_THAT(describe(made), ContainsSubstring("KURIR_POSTMAN_ANNE_PACE"));
    CHECK_THAT(describe(made), ContainsSubstring("KURIR_POSTMAN_BO_2_STREET_FILE /run/secrets"));
}

TEST_CASE("a family is listed once, with a placeholder", "[config][family]") {
    const catalogue known{settings(), postman_families};
    CHECK_THAT(help_text(known), ContainsSubstring("  KURIR_POSTMAN_<NAME>_STREET\n      Where."));
    CHECK_THAT(
        readme_table(known),
        ContainsSubstring("| `KURIR_POSTMAN_<NAME>_PACE` | `10` | number: 1 to 99 |  | How fast. |")
    );
}

TEST_CASE("a mistake in a family is told with the whole name", "[config][family]") {
    CHECK_THAT(
        wrong({{"KURIR_POSTMAN_ANNE_STREET", "n.example"}, {"KURIR_POSTMAN_ANNE_PACE", "fast"}}),
        ContainsSubstring("KURIR_POSTMAN_ANNE_PACE: 'fast' is not a number from 1 to 99")
    );
    CHECK_THAT(
        wrong({{"KURIR_POSTMAN_ANNE_PACE", "12"}}),
        ContainsSubstring("KURIR_POSTMAN_ANNE_STREET is not set, but KURIR_POSTMAN_ANNE_PACE is")
    );
}

TEST_CASE("the nearest setting of the family is suggested", "[config][family]") {
    const std::vector<std::pair<std::string, std::string>> slips{
        {"KURIR_POSTMAN_ANNE_STRET", "KURIR_POSTMAN_ANNE_STREET"},
        {"KURIR_POSTMAN_BO_2_PACES", "KURIR_POSTMAN_BO_2_PACE"},
        {"KURIR_POSTMAN_ANNE_STREET_FIL", "KURIR_POSTMAN_ANNE_STREET_FILE"},
        {"KURIR_POSTMEN_ANNE_STREET", ""},  // of no family
        {"KURIR_POSTMAN_anne_STREET", ""},  // no name
        {"KURIR_POSTMAN_STREET", ""},
    };
    for (const auto& [slip, meant] : slips) {
        CAPTURE(slip);
        const auto said = wrong({{slip, "x.example"}});
        CHECK_THAT(said, ContainsSubstring(slip + " is no setting"));
        if (!meant.empty()) CHECK_THAT(said, ContainsSubstring("did you mean " + meant + "?"));
    }
}

TEST_CASE("the longest setting that fits the end counts", "[config][family]") {
    CHECK(name_in_family(postman_families[0], "KURIR_POSTMAN_ANNE_LAST_PACE") == "ANNE");
    CHECK(name_in_family(postman_families[0], "KURIR_POSTMAN_ANNE_MARIE_PACE") == "ANNE_MARIE");
    CHECK(name_in_family(postman_families[0], "KURIR_POSTMAN_ANNE_PACE_FILE") == "ANNE");
    CHECK_FALSE(name_in_family(postman_families[0], "KURIR_POSTMAN__PACE"));
    CHECK_FALSE(name_in_family(postman_families[0], "KURIR_POSTMAN_9_PACE"));
    CHECK_FALSE(name_in_family(postman_families[0], "KURIR_POSTMAN_PACE"));
    CHECK_FALSE(name_in_family(postman_families[0], "KURIR_MAX_HOPS"));
}
