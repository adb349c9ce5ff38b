#include "relay/config/single_setting.hpp"

#include "tests/config/sample_host.hpp"

using namespace kurir::config;

namespace {

constexpr std::string_view name = "KURIR_HTTP_LISTEN";

}  // namespace

TEST_CASE("a setting is read alone whatever the others say", "[config]") {
    environment variables = {
        {"KURIR_HTTP_LISTEN", "127.0.0.1:1234"},
        {"KURIR_LISTEN", "nonsense"},
        {"KURIR_USERS_FILE", "/gone"},
        {"KURIR_SOURCE_ADDRESSES", "198.51.100.77"},
        {"KURIR_NO_SETTING", "1"},
        {"RELAYHOST", "[["},
    };
    auto machine = sample_host();
    machine.name = "not a name";
    machine.read = [](const std::filesystem::path& path) -> std::optional<std::string> {
        if (path == "/http") return "127.0.0.1:4321\n";
        return std::nullopt;
    };
    const auto port = [&] {
        const auto outcome = parse_alone(name, variables, machine);
        REQUIRE(std::holds_alternative<config>(outcome));
        return std::get<config>(outcome).http_listen.port();
    };
    CHECK(port() == 1234);
    variables.erase("KURIR_HTTP_LISTEN");
    const auto usual = std::get<config>(parse_alone(name, {}, machine)).http_listen.port();
    CHECK(port() == usual);
    variables["KURIR_HTTP_LISTEN_FILE"] = "/http";
    CHECK(port() == 4321);
}

TEST_CASE("a mistake in the setting itself is told", "[config]") {
    const auto outcome = parse_alone(name, {{"KURIR_HTTP_LISTEN", "x"}}, sample_host());
    REQUIRE(std::holds_alternative<problems>(outcome));
    CHECK(only(std::get<problems>(outcome)).starts_with("KURIR_HTTP_LISTEN: "));
}
