#include "tests/inbound/dialogue_script.hpp"

#include <fstream>
#include <stdexcept>
#include <string_view>

#include "tests/support/catch.hpp"

namespace tests {

namespace {

struct prefix {
    std::string_view text;
    action kind;
};

constexpr prefix prefixes[] = {
    {"C: ", action::send},
    {"C*: ", action::send},
    {"C#: ", action::send},
    {"S: ", action::expect},
    {"S+: ", action::expect_line},
    {"S-close", action::expect_close},
    {"M: ", action::messages},
    {"B: ", action::body},
    {"X: ", action::world},
    {"---", action::connect},
};

void read_comment(const std::string& line, script& into) {
    const auto value_after = [&](std::string_view key) -> std::string {
        return line.starts_with(key) ? line.substr(key.size()) : std::string();
    };
    if (const auto setting = value_after("# env: "); !setting.empty()) {
        const auto equals = setting.find('=');
        into.environment[setting.substr(0, equals)] = setting.substr(equals + 1);
    }
    if (const auto only = value_after("# only: "); !only.empty()) into.only = only;
    if (line == "# untrusted") into.untrusted = true;
}

std::string repeated(const std::string& text) {
    const auto space = text.find(' ');
    const std::string once = unescaped(text.substr(space + 1));
    std::string result;
    for (auto left = std::stoul(text.substr(0, space)); left > 0; --left)
        result += once;
    return result;
}

script_line read_line(const std::string& line) {
    for (const auto& known : prefixes) {
        if (!line.starts_with(known.text)) continue;
        script_line result;
        result.kind = known.kind;
        result.text = line.substr(known.text.size());
        if (known.text == "C: ") result.text += "\r\n";
        if (known.text == "C*: " || known.text == "B: ") result.text = unescaped(result.text);
        if (known.text == "C#: ") result.text = repeated(result.text);
        return result;
    }
    throw std::runtime_error("not understood: " + line);
}

}  // namespace

std::string unescaped(const std::string& text) {
    std::string result;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '\\' || i + 1 == text.size()) {
            result += text[i];
            continue;
        }
        const char kind = text[++i];
        if (kind == 'x') {
            result += static_cast<char>(std::stoi(text.substr(i + 1, 2), nullptr, 16));
            i += 2;
        } else {
            const auto at = std::string_view("rnt0\\").find(kind);
            if (at == std::string_view::npos) throw std::runtime_error("unknown escape: " + text);
            result += std::string_view("\r\n\t\0\\", 5)[at];
        }
    }
    return result;
}

script read_script(const std::filesystem::path& file) {
    script result;
    result.name = file.filename().string();
    std::ifstream in(file);
    std::string line;
    for (std::size_t number = 1; std::getline(in, line); ++number) {
        if (line.starts_with('#')) {
            read_comment(line, result);
        } else if (!line.empty()) {
            result.lines.push_back(read_line(line));
            result.lines.back().number = number;
        }
    }
    return result;
}

}  // namespace tests

TEST_CASE("A script's escapes are bytes", "[inbound][dialogues]") {
    CHECK(tests::unescaped("a\\r\\n\\x41\\\\") == "a\r\nA\\");
    CHECK(tests::unescaped("\\0") == std::string(1, '\0'));
    CHECK_THROWS(tests::unescaped("\\q"));
}
