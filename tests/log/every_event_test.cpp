// Every event of the sources with every field of the sources: no way of writing it lets an address
// through.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "relay/log/log.hpp"
#include "tests/support/catch.hpp"

using namespace kurir;
using manner = log::redaction::manner;

namespace {

const std::filesystem::path sources =
    std::filesystem::path(__FILE__).parent_path() / ".." / ".." / "relay";

// What the parentheses of `pattern` hold, wherever it stands in the sources.
std::set<std::string> found_in_sources(const std::regex& pattern) {
    std::set<std::string> all;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(sources)) {
        if (entry.path().extension() != ".cpp") continue;
        std::ifstream file(entry.path());
        const std::string text(std::istreambuf_iterator<char>(file), {});
        for (std::sregex_iterator at(text.begin(), text.end(), pattern), end; at != end; ++at)
            all.insert((*at)[1]);
    }
    return all;
}

bool tells(const std::string& line, std::string_view word) {
    const auto same = [](char a, char b) { return std::tolower(a) == std::tolower(b); };
    return !std::ranges::search(line, word, same).empty();
}

}  // namespace

TEST_CASE("redact: no event and no field lets an address through", "[log][redact]") {
    const auto names = found_in_sources(std::regex(R"re(log::level::\w+,\s*"(\w+)"\))re"));
    const auto keys = found_in_sources(std::regex(R"re(\.with\(\s*"(\w+)")re"));
    REQUIRE(names.size() > 40);
    REQUIRE(keys.size() > 90);
    const std::vector<std::string> texts = {
        "Liddell.Alice@example.com",
        "550 5.1.1 <liddell.alice@example.com>: User unknown",
        R"("liddell.alice"@example.com, bob@example.net)",
    };
    for (const auto form : {log::format::json, log::format::text, log::format::postfix}) {
        for (const auto way : {manner::smart, manner::hash}) {
            for (const auto& text : texts) {
                const log::capture captured(
                    {.form = form, .least = log::level::debug, .hidden = {way, "geheim"}}
                );
                for (const auto& name : names) {
                    log::event line(log::level::notice, name);
                    line.with("from", "liddell.alice@example.com");
                    for (const auto& key : keys) {
                        if (key != "from") line.with(key, text);
                    }
                    for (const auto* key : {"response", "complaint", "detail", "error"}) {
                        line.with(key, "550 5.1.1 liddell.alice... User unknown");
                    }
                }
                const auto lines = captured.lines();
                REQUIRE(lines.size() >= names.size());
                for (const auto& each : lines) {
                    CAPTURE(each);
                    REQUIRE_FALSE(tells(each, "liddell"));
                    REQUIRE_FALSE(tells(each, "alice@"));
                }
            }
        }
    }
}

TEST_CASE("redact: without it, the same events have the address", "[log][redact]") {
    const log::capture captured;
    log::event(log::level::notice, "rejected").with("to", "liddell.alice@example.com");
    CHECK(tells(captured.lines().front(), "liddell"));
}
