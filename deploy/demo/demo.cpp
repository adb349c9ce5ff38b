// kurir_demo RELAY: what happens to mail, in half a minute.
// kurir_demo --try RELAY: a relay whose mail goes nowhere, see try.hpp.
//
// Starts a toy remote server and the relay given, hands the relay three messages (one is
// delivered, one greylisted first and delivered later, one refused) and shows the relay's log, the
// bounce and the counters that moved. Exit status 0: all three ended as they should.
#include <chrono>
#include <exception>
#include <iostream>
#include <map>
#include <sstream>
#include <string>
#include <string_view>

#include "deploy/demo/relay_process.hpp"
#include "deploy/demo/submission.hpp"
#include "deploy/demo/toy_server.hpp"
#include "deploy/demo/try.hpp"

namespace kurir::demo {
namespace {

constexpr std::chrono::seconds start_limit{5};
constexpr std::chrono::seconds arrival_limit{12};
constexpr std::string_view sender = "you@app.example";

void say(std::string_view text) {
    std::cout << "\n== " << text << '\n' << std::flush;
}

// Counter name with labels -> value.
std::map<std::string, double> counters(std::uint16_t http_port) {
    std::map<std::string, double> values;
    std::istringstream lines(fetch(http_port, "/metrics"));
    for (std::string line; std::getline(lines, line);) {
        const auto space = line.rfind(' ');
        const auto name = line.substr(0, line.find_first_of("{ "));
        if (space == std::string::npos || !name.starts_with("kurir_")) continue;
        if (name.ends_with("_total")) values[line.substr(0, space)] = std::stod(line.substr(space));
    }
    return values;
}

// False when none has moved.
bool show_moved(std::map<std::string, double> before, const std::map<std::string, double>& after) {
    bool moved = false;
    for (const auto& [name, value] : after) {
        const auto was = before[name];
        if (value <= was) continue;
        std::cout << "   " << name << "  " << was << " -> " << value << '\n';
        moved = true;
    }
    return moved;
}

void show_indented(const std::string& text) {
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);)
        std::cout << "   | " << line << '\n';
}

bool tell(std::string_view what, bool good) {
    std::cout << (good ? "   yes  " : "   NO   ") << what << '\n';
    return good;
}

bool hand_over(
    const relay_process& relay, const std::string& recipient, const std::string& subject
) {
    const auto reply = submit(relay.smtp_port(), std::string(sender), recipient, subject);
    std::cout << "   to " << recipient << ": " << reply << '\n' << std::flush;
    return reply.starts_with("250");
}

int show(const std::string& binary) {
    toy_server remote;
    say("starting the relay; all its mail goes to a toy server on port " +
        std::to_string(remote.port()));
    relay_process relay(binary, remote.port());
    if (!relay.becomes_ready(start_limit)) {
        say("the relay did not become ready");
        return 1;
    }
    const auto before = counters(relay.http_port());

    say("an application hands over three messages on port " + std::to_string(relay.smtp_port()));
    bool good = hand_over(relay, "friend@remote.example", "delivered");
    good &= hand_over(relay, "grey@remote.example", "greylisted first");
    good &= hand_over(relay, "bad@remote.example", "refused");

    const auto to = [](std::string_view who) {
        return [who](const letter& one) { return one.is_to(who); };
    };
    const auto is_bounce = [](const letter& one) {
        return one.sender.empty() && one.is_to(sender);
    };
    const bool delivered = remote.arrives(to("friend@remote.example"), arrival_limit);
    const bool bounced = remote.arrives(is_bounce, arrival_limit);
    const bool retried = remote.arrives(to("grey@remote.example"), arrival_limit);

    if (bounced) {
        say("the bounce, as the sender gets it");
        show_indented(remote.first(is_bounce).content);
    }
    const auto after = counters(relay.http_port());
    say("stopping the relay");
    const bool stopped = relay.stop();
    say("counters that moved");
    good &= show_moved(before, after);

    say("as it should be?");
    good &= tell("the first message was delivered", delivered);
    good &= tell("the greylisted one was delivered at the second attempt", retried);
    good &= tell("the refused one came back to its sender", bounced);
    good &= tell("the relay ended cleanly", stopped);
    return good ? 0 : 1;
}

}  // namespace
}  // namespace kurir::demo

int main(int argc, char** argv) {
    const bool trying = argc == 3 && std::string_view(argv[1]) == "--try";
    if (argc != 2 && !trying) {
        std::cerr << "usage: kurir_demo [--try] RELAY\n";
        return 64;
    }
    try {
        return trying ? kurir::demo::catch_all(argv[2]) : kurir::demo::show(argv[1]);
    } catch (const std::exception& error) {
        std::cerr << "kurir_demo: " << error.what() << '\n';
        return 1;
    }
}
