// Parsing on a sample host, for the tests of what the environment means.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <variant>

#include "relay/config/parse.hpp"
#include "tests/support/catch.hpp"

namespace kurir::config {

inline host sample_host() {
    return {
        .name = "mx.example.org",
        .cpus = 3,
        .read = [](const std::filesystem::path& path) -> std::optional<std::string> {
            if (path == "/run/secrets/name") return "relay.example.net\n";
            if (path == "/run/secrets/lines") return "relay.example.net\n\n";
            return std::nullopt;
        },
    };
}

inline loaded good(const environment& variables) {
    auto outcome = parse(variables, sample_host());
    if (auto* wrong = std::get_if<problems>(&outcome)) {
        for (const auto& each : *wrong)
            UNSCOPED_INFO(each);
    }
    REQUIRE(std::holds_alternative<loaded>(outcome));
    return std::get<loaded>(outcome);
}

inline problems bad(const environment& variables) {
    auto outcome = parse(variables, sample_host());
    REQUIRE(std::holds_alternative<problems>(outcome));
    return std::get<problems>(outcome);
}

inline std::string only(const problems& all) {
    REQUIRE(all.size() == 1);
    return all.front();
}

}  // namespace kurir::config
