#include "relay/app/rewrite_command.hpp"

#include <array>
#include <cstdio>
#include <cstdlib>

#include "relay/app/command_line.hpp"
#include "relay/message/header_scan.hpp"
#include "relay/net/clock.hpp"

namespace kurir::app {

namespace {

// The message until its header has ended, or is longer than `limit`.
std::string read_header(std::FILE* stream, std::size_t limit) {
    std::string text;
    message::header_scan scan;
    std::array<char, 16384> buffer{};
    while (!scan.done() && text.size() <= limit) {
        const auto count = std::fread(buffer.data(), 1, buffer.size(), stream);
        if (count == 0) break;
        text.append(buffer.data(), count);
        scan.scan(text);
    }
    if (scan.done()) text.resize(scan.facts().end);
    return text;
}

}  // namespace

CLI::App* add_rewrite_command(CLI::App& program, rewrite_question& question) {
    auto* rewrite = program.add_subcommand(
        "rewrite",
        "Read a message from standard input, print what would be changed in its envelope and "
        "header; status 1 if it, or a recipient, would be refused"
    );
    rewrite->add_option(
        "--from", question.sender, "The reverse-path; <>: a bounce. Default: the first in From:"
    );
    rewrite->add_option("--to", question.recipients, "Recipients' addresses");
    rewrite->add_option("--user", question.credential, "The user who submits it");
    rewrite->add_option("--client", question.client, "The client's address");
    return rewrite;
}

int show_rewriting(const config::config& config, const rewrite_question& question) {
    const auto message = read_header(stdin, config.max_header_size);
    const auto report = report_rewriting(config, question, message, net::wall_now());
    if (!report.mistake.empty()) {
        std::fputs(("kurir rewrite: " + report.mistake + '\n').c_str(), stderr);
        return exit_usage;
    }
    std::fwrite(report.text.data(), 1, report.text.size(), stdout);
    std::fputs(report.refused.c_str(), stderr);
    return report.refused.empty() ? EXIT_SUCCESS : EXIT_FAILURE;
}

}  // namespace kurir::app
