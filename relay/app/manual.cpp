#include "relay/app/manual.hpp"

#include <algorithm>
#include <cstdint>

#include "relay/base/text.hpp"
#include "relay/base/utf8.hpp"

namespace kurir::app {

namespace {

// What stands in front of the commands, and behind the settings.
constexpr std::string_view introduction =
    ".SH NAME\n"
    "kurir \\- an outbound SMTP relay\n"
    ".SH SYNOPSIS\n"
    ".B kurir\n"
    "[\\fICOMMAND\\fR] [\\fIOPTIONS\\fR]\n"
    ".PP\n"
    ".B sendmail\n"
    "[\\fIOPTIONS\\fR] [\\fIRECIPIENT\\fR]...\n"
    ".PP\n"
    ".B mailq\n"
    "[\\fIOPTIONS\\fR]\n"
    ".SH DESCRIPTION\n"
    "Kurir takes mail from applications by SMTP, keeps it in a queue on disk, and delivers it.\n"
    "Without a command it serves. The commands below look at a running relay or change its mail,\n"
    "or try something beside it.\n"
    ".PP\n"
    "Under the name\n"
    ".B sendmail\n"
    "the program reads a message from standard input and hands it to the relay; under the name\n"
    ".B mailq\n"
    "it is\n"
    ".BR \"kurir queue\" .\n";

constexpr std::string_view conclusion =
    ".SH EXIT STATUS\n"
    ".TP\n.B 0\nDone.\n"
    ".TP\n.B 1\nIt failed, or nothing matched.\n"
    ".TP\n.B 2\nThe relay does not answer.\n"
    ".TP\n.B 64\nThe command line is wrong.\n"
    ".TP\n.B 78\nThe environment is wrong.\n"
    ".PP\n"
    "Those of\n"
    ".B sendmail\n"
    "are those of sysexits.h: 64 for a wrong command line, 65 for a message that the relay\n"
    "refuses, 67 for a recipient that it refuses, 69 for everything else that it refuses for\n"
    "good, 75 if it does not answer or asks to come again.\n"
    ".SH FILES\n"
    ".TP\n"
    ".I admin.sock\n"
    "In the folder of KURIR_QUEUE_DIR: the socket by which commands ask the relay.\n";

std::string option_entry(const described_option& option) {
    std::string heading;
    for (const auto& name : option.names)
        heading += (heading.empty() ? "" : ", ") + ("\\fB" + roff_text(name) + "\\fR");
    if (!option.value.empty()) {
        heading += (heading.empty() ? "" : " ") + ("\\fI" + roff_text(option.value) + "\\fR");
    }
    return ".TP\n" + heading + '\n' + roff_text(option.help) + '\n';
}

std::string command_section(const described_command& command) {
    auto text = ".SS \"" + roff_text(command.path) + "\"\n" + roff_text(command.help) + '\n';
    for (const auto& option : command.options) {
        if (std::ranges::find(option.names, "--help") == option.names.end())
            text += option_entry(option);
    }
    return text;
}

std::string setting_entry(const config::setting& row) {
    auto values = std::string(row.type) + ": " + row.range;
    if (!row.default_text.empty()) values += "; default: " + std::string(row.default_text);
    return ".TP\n.B " + roff_text(row.name) + '\n' + roff_text(row.help) + "\n(" +
           roff_text(values) + ")\n";
}

// "\\[u2026]": at least four digits.
std::string roff_sign(char32_t code_point) {
    std::string digits;
    for (auto left = static_cast<std::uint32_t>(code_point); left > 0 || digits.size() < 4;
         left >>= 4U)
        digits.insert(digits.begin(), base::capital_hex_digits[left & 0xfU]);
    return "\\[u" + digits + ']';
}

}  // namespace

std::string roff_text(std::string_view text) {
    std::string escaped;
    bool begins_line = true;
    while (!text.empty()) {
        const char c = text.front();
        const auto sign = base::first_character(text);
        if (begins_line && (c == '.' || c == '\'')) escaped += "\\&";
        begins_line = c == '\n';
        if (sign && sign->code_point > 0x7f) {
            escaped += roff_sign(sign->code_point);
        } else if (c == '\\') {
            escaped += "\\e";
        } else if (c == '-') {
            escaped += "\\-";
        } else if (c == '"') {
            escaped += "\\(dq";
        } else {
            escaped += c;
        }
        text.remove_prefix(sign ? sign->size : 1);
    }
    return escaped;
}

std::string manual_page(
    const std::vector<described_command>& commands,
    std::span<const config::setting> settings,
    std::string_view version
) {
    std::string text = ".TH KURIR 8 2026-11-28 \"kurir " + std::string(version) +
                       "\" \"System administration\"\n" + std::string(introduction);
    text += ".SH COMMANDS\nEach knows \\fB\\-\\-help\\fR.\n";
    for (const auto& command : commands)
        text += command_section(command);
    text +=
        ".SH ENVIRONMENT\n"
        "Everything is configured by environment variables. Each KURIR_X can be given as\n"
        "KURIR_X_FILE instead, the path of a file with the value.\n";
    for (const auto& row : settings) {
        if (!row.heading.empty()) text += ".SS \"" + roff_text(row.heading) + "\"\n";
        text += setting_entry(row);
    }
    return text + std::string(conclusion);
}

}  // namespace kurir::app
