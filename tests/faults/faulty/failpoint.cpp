// What is armed by FAILPOINTS: MOMENT[/DETAIL][:K[+]]=ACTION, several of them divided by
// semicolons.
//
// The K-th passage of the moment (the first, if none is said; with a plus every one from there on)
// acts: `kill` ends the process, `cut` ends it and takes what was not synced with it, `error` lets
// the operation fail, `sleep100` takes 100 ms. With a DETAIL only passages count whose detail
// begins so. Each act is told on standard error.
#define KURIR_FAILPOINTS
#include "queue/failpoint.hpp"

#include <unistd.h>

#include <atomic>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <deque>
#include <string>
#include <thread>

#include "tests/faults/faulty/files.hpp"

namespace kurir::queue {

namespace {

struct trap {
    std::string text;
    std::string_view moment;
    std::string_view detail;
    std::string_view action;
    std::uint64_t passage = 1;
    bool repeated = false;
    std::atomic<std::uint64_t> seen = 0;
};

void say(std::string line) {
    line += '\n';
    std::ignore = ::write(STDERR_FILENO, line.data(), line.size());
}

std::uint64_t number(std::string_view text) {
    std::uint64_t value = 0;
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (ec != std::errc() || end != text.data() + text.size()) {
        say("failpoint: not understood: " + std::string(text));
        std::_Exit(64);
    }
    return value;
}

// What stands in front of `divider`, and behind it; all of it and nothing if there is none.
std::pair<std::string_view, std::string_view> split(std::string_view text, char divider) {
    const auto at = text.find(divider);
    if (at == std::string_view::npos) return {text, {}};
    return {text.substr(0, at), text.substr(at + 1)};
}

void arm(trap& made) {
    const auto [where, action] = split(made.text, '=');
    auto [place, passage] = split(where, ':');
    std::tie(made.moment, made.detail) = split(place, '/');
    made.action = action;
    if (passage.ends_with('+')) {
        made.repeated = true;
        passage.remove_suffix(1);
    }
    if (!passage.empty()) made.passage = number(passage);
}

// A deque, because what is armed can't move.
std::deque<trap>& traps() {
    static std::deque<trap> all = [] {
        std::deque<trap> armed;
        const char* const text = std::getenv("FAILPOINTS");
        for (std::string_view rest = text == nullptr ? "" : text; !rest.empty();) {
            const auto [one, others] = split(rest, ';');
            auto& made = armed.emplace_back();
            made.text = one;
            arm(made);
            rest = others;
        }
        return armed;
    }();
    return all;
}

// True: the operation is to fail.
bool act(const trap& sprung) {
    say("failpoint " + sprung.text);
    if (sprung.action == "error") return true;
    if (sprung.action == "cut") tests::cut_power();
    if (sprung.action.starts_with("sleep")) {
        std::this_thread::sleep_for(std::chrono::milliseconds(number(sprung.action.substr(5))));
        return false;
    }
    ::kill(::getpid(), SIGKILL);
    for (;;)
        ::pause();
}

}  // namespace

bool failpoint(std::string_view moment, std::string_view detail) {
    bool fails = false;
    for (auto& each : traps()) {
        if (each.moment != moment || !detail.starts_with(each.detail)) continue;
        const auto passage = ++each.seen;
        const bool sprung = passage == each.passage || (each.repeated && passage > each.passage);
        if (sprung && act(each)) fails = true;
    }
    return fails;
}

}  // namespace kurir::queue
