#include "deploy/demo/try.hpp"

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <ctime>
#include <iostream>
#include <map>
#include <sstream>

#include "deploy/demo/relay_process.hpp"
#include "deploy/demo/toy_server.hpp"

namespace kurir::demo {
namespace {

constexpr std::size_t lines_max = 60;
constexpr std::size_t line_max = 200;
constexpr timespec look_interval{0, 200'000'000};

std::string printable(std::string line) {
    if (line.ends_with('\r')) line.pop_back();
    std::ranges::replace_if(
        line, [](unsigned char c) { return (c < ' ' && c != '\t') || c == 0x7f; }, '?'
    );
    return line.size() > line_max ? line.substr(0, line_max) + " ..." : line;
}

void show_letter(const letter& one) {
    std::string recipients;
    for (const auto& each : one.recipients)
        recipients += (recipients.empty() ? "<" : ", <") + printable(each) + ">";
    std::cout << "\n== caught: from <" << printable(one.sender) << "> to " << recipients << '\n'
              << fit_for_terminal(one.content) << std::flush;
}

// What has a better value than the default when somebody only looks.
std::map<std::string, std::string> settings(std::uint16_t remote_port) {
    std::map<std::string, std::string> changed{
        {"KURIR_RELAYHOST", "127.0.0.1:" + std::to_string(remote_port)},
    };
    const std::map<std::string, std::string> defaults{
        {"KURIR_HOSTNAME", "relay.try.example"},
        {"KURIR_QUEUE_MIN_FREE", "16M"},
        {"KURIR_LOG_FORMAT", "text"},
        {"KURIR_LOG_LEVEL", "notice"},
    };
    for (const auto& [name, value] : defaults) {
        const bool configured = std::getenv(name.c_str()) != nullptr ||
                                std::getenv((name + "_FILE").c_str()) != nullptr;
        if (!configured) changed.emplace(name, value);
    }
    return changed;
}

}  // namespace

std::string fit_for_terminal(const std::string& content) {
    std::istringstream lines(content);
    std::string text;
    std::size_t count = 0;
    for (std::string line; std::getline(lines, line); ++count) {
        if (count < lines_max) text += "   | " + printable(line) + "\n";
    }
    if (count > lines_max) {
        text += "   | ... and " + std::to_string(count - lines_max) + " more lines\n";
    }
    return text;
}

int catch_all(const std::filesystem::path& relay) {
    // Before there are threads, so that none of them is interrupted.
    sigset_t ends{};
    ::sigemptyset(&ends);
    ::sigaddset(&ends, SIGINT);
    ::sigaddset(&ends, SIGTERM);
    ::pthread_sigmask(SIG_BLOCK, &ends, nullptr);

    toy_server sink(show_letter);
    relay_process running(relay, settings(sink.port()));
    while (::sigtimedwait(&ends, nullptr, &look_interval) < 0) {
        if (running.has_ended()) return EXIT_FAILURE;
    }
    return running.stop() ? EXIT_SUCCESS : EXIT_FAILURE;
}

}  // namespace kurir::demo
