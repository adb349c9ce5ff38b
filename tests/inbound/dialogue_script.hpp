// The scenario files of tests/dialogues (see README.md there), as values.
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace tests {

enum class action {
    send,          // C: C*: C#:
    expect,        // S:
    expect_line,   // S+:
    expect_close,  // S-close
    messages,      // M:
    body,          // B:
    world,         // X:
    connect,       // ---
};

struct script_line {
    action kind = action::send;
    std::string text;  // bytes to send, or what is expected
    std::size_t number = 0;
};

struct script {
    std::string name;
    std::map<std::string, std::string> environment;
    std::string only;  // "pure", "e2e" or empty
    bool untrusted = false;
    std::vector<script_line> lines;
};

// Throws std::runtime_error with the place of what can't be understood.
script read_script(const std::filesystem::path& file);

// \r \n \t \0 \\ and \xNN.
std::string unescaped(const std::string& text);

}  // namespace tests
