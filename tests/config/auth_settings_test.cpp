// The settings of users and logins, alone and with the listeners.
#include <algorithm>

#include "relay/config/listeners.hpp"
#include "relay/config/reload.hpp"
#include "relay/config/report.hpp"
#include "relay/users/user_table.hpp"
#include "tests/config/sample_host.hpp"
#include "tests/support/catch.hpp"

using namespace kurir::config;
using Catch::Matchers::ContainsSubstring;

namespace {

constexpr const char* hash = "$2b$04$abcdefghijklmnopqrstuuuDmNtsBLSXUnZvZxCaSSyhRx8YSHmbW";
const std::string ann = std::string("ann:") + hash;

host with_file(const std::string& text) {
    auto machine = sample_host();
    machine.read = [text](const std::filesystem::path&) { return text; };
    return machine;
}

// What listens, as it is written in the setting.
std::vector<std::string> listeners(const environment& variables) {
    const auto all = good(variables);
    std::vector<std::string> texts;
    for (const auto& each : all.config.listen)
        texts.push_back(listener_text(each));
    return texts;
}

}  // namespace

TEST_CASE("users are read from the variable and from a file", "[config]") {
    const auto none = good({}).config;
    CHECK_FALSE(none.users.given());
    const auto two = good({{"KURIR_USERS", ann + ", bob:" + hash}}).config;
    REQUIRE(two.users.given());
    CHECK(two.users.table->size() == 2);
    CHECK(two.users.table->find("bob") != nullptr);

    const environment by_file = {{"KURIR_USERS_FILE", "/users"}};
    const auto parsed = [&](const std::string& text) { return parse(by_file, with_file(text)); };
    const auto read = parsed("# ours\n" + ann + "\ncat:{PLAIN}meow, meow\n");
    REQUIRE(std::holds_alternative<loaded>(read));
    CHECK(std::get<loaded>(read).config.users.table->size() == 2);
    const auto empty = parsed("# nobody yet\n");
    REQUIRE(std::holds_alternative<loaded>(empty));
    CHECK(std::get<loaded>(empty).config.users.given());
    CHECK(std::get<loaded>(empty).config.users.table->size() == 0);
}

TEST_CASE("each mistake in the users is told with its line, and no secret", "[config]") {
    const auto bad_file = parse(
        {{"KURIR_USERS_FILE", "/users"}},
        with_file(ann + "\nbob\n# x\ncat:hunter2\nann:" + hash + "\n")
    );
    const auto wrong = only(std::get<problems>(bad_file));
    CHECK_THAT(wrong, ContainsSubstring("KURIR_USERS_FILE: its value has mistakes"));
    for (const auto* line : {"line 2: ", "line 4: ", "line 5: "})
        CHECK_THAT(wrong, ContainsSubstring(line));
    CHECK_THAT(wrong, !ContainsSubstring("hunter2"));
    CHECK_THAT(wrong, !ContainsSubstring("$2b$"));

    const auto plain = only(bad({{"KURIR_USERS", "cat:{PLAIN}hunter2"}}));
    CHECK_THAT(plain, ContainsSubstring("KURIR_USERS: its value has a mistake: user 1"));
    CHECK_THAT(plain, !ContainsSubstring("hunter2"));
}

TEST_CASE("users are never shown", "[config]") {
    const auto text = describe(good({{"KURIR_USERS", ann}}));
    CHECK_THAT(text, Catch::Matchers::Matches("[^]*KURIR_USERS +\\*\\*\\* +# KURIR_USERS\n[^]*"));
    CHECK_THAT(text, !ContainsSubstring("$2b$"));
}

TEST_CASE("listeners offer AUTH where there are TLS and users", "[config]") {
    const environment users = {{"KURIR_USERS", ann}};
    const environment tls = {{"KURIR_TLS_CERT", "/a.pem"}};
    auto both = users;
    both.insert(tls.begin(), tls.end());
    using texts = std::vector<std::string>;
    CHECK(listeners({}) == texts{"[::]:2525"});
    CHECK(listeners(users) == texts{"[::]:2525"});
    CHECK(listeners(tls) == texts{"[::]:2525?tls=offer"});
    CHECK(
        listeners(both) ==
        texts{
            "[::]:2525?tls=offer&auth=offer",
            "[::]:2587?tls=offer&auth=require",
            "[::]:2465?tls=implicit&auth=require"
        }
    );
    auto given = both;
    given["KURIR_LISTEN"] = "127.0.0.1:25, 127.0.0.1:26?auth=off, 127.0.0.1:27?tls=off";
    CHECK(
        listeners(given) ==
        texts{
            "127.0.0.1:25?tls=offer&auth=offer",
            "127.0.0.1:26?tls=offer&auth=off",
            "127.0.0.1:27?tls=off"
        }
    );
    auto insecure = users;
    insecure["KURIR_AUTH_INSECURE"] = "on";
    CHECK(listeners(insecure) == texts{"[::]:2525?auth=offer"});
}

TEST_CASE("a listener can't have AUTH without users", "[config]") {
    for (const auto* auth : {"offer", "require"}) {
        const auto wrong = only(bad({{"KURIR_LISTEN", std::string(":25, :2525?auth=") + auth}}));
        CHECK_THAT(
            wrong, ContainsSubstring("none of KURIR_USERS, KURIR_USERS_FILE and KURIR_OAUTH")
        );
    }
    CHECK(listeners({{"KURIR_LISTEN", "127.0.0.1:25?auth=off"}}).size() == 1);
}

TEST_CASE("what puts passwords at risk, or makes logins impossible, is warned of", "[config]") {
    const auto warnings = [](const environment& variables) {
        std::string all;
        for (const auto& each : good(variables).warnings)
            all += each + "\n";
        return all;
    };
    CHECK_THAT(
        warnings({{"KURIR_USERS", ann}, {"KURIR_AUTH_INSECURE", "on"}}),
        ContainsSubstring("KURIR_AUTH_INSECURE lets clients send passwords and tokens in clear")
    );
    const auto in_vain = ContainsSubstring("AUTH without TLS");
    CHECK_THAT(warnings({{"KURIR_USERS", ann}, {"KURIR_LISTEN", ":25?auth=require"}}), in_vain);
    CHECK_THAT(warnings({{"KURIR_USERS", ann}, {"KURIR_TLS_CERT", "/a.pem"}}), !in_vain);
    CHECK_THAT(warnings({{"KURIR_USERS", ann}}), !in_vain);

    const auto unused = ContainsSubstring("no address of KURIR_LISTEN lets anybody log in");
    const environment with_tls = {{"KURIR_USERS", ann}, {"KURIR_TLS_CERT", "/a.pem"}};
    auto off = with_tls;
    off["KURIR_LISTEN"] = ":25?auth=off";
    auto one_of_two = with_tls;
    one_of_two["KURIR_LISTEN"] = ":25?auth=off, :26";
    CHECK_THAT(warnings({{"KURIR_USERS", ann}}), unused);
    CHECK_THAT(warnings(off), unused);
    CHECK_THAT(warnings(with_tls), !unused);
    CHECK_THAT(warnings(one_of_two), !unused);
    CHECK_THAT(warnings({{"KURIR_USERS", ann}, {"KURIR_AUTH_INSECURE", "on"}}), !unused);
    CHECK_THAT(warnings({}), !unused);
}

TEST_CASE("a mistake in the users keeps the old ones at a reload", "[config][reload]") {
    const environment variables = {{"KURIR_USERS_FILE", "/users"}};
    const auto first = parse(variables, with_file(ann + "\n"));
    REQUIRE(std::holds_alternative<loaded>(first));
    const auto& before = std::get<loaded>(first);

    const auto wrong = reload(before, before.config, variables, with_file(ann + "\nbob\n"));
    REQUIRE(wrong.held.size() == 1);
    CHECK(wrong.held[0].setting == "KURIR_USERS");
    CHECK(wrong.held[0].path == "/users");
    CHECK_THAT(only(wrong.held[0].why), ContainsSubstring("line 2"));
    CHECK(wrong.in_effect.users.table->size() == 1);

    const auto done =
        reload(before, before.config, variables, with_file(ann + "\nbob:" + hash + "\n"));
    CHECK(done.held.empty());
    CHECK(done.changed == std::vector<std::string>{"KURIR_USERS"});
    CHECK(done.in_effect.users.table->size() == 2);
    CHECK(before.config.users.table->size() == 1);
}

TEST_CASE("rules of routes may name users", "[config]") {
    CHECK(good({{"KURIR_ROUTES", "user=ann -> mx"}}).config.routes.all().size() == 1);
}
