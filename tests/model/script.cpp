#include "tests/model/script.hpp"

#include <algorithm>

namespace model {

using namespace std::chrono_literals;

namespace {

template <class Number>
Number pick(dice& draw, Number least, Number most) {
    return std::uniform_int_distribution<Number>(least, most)(draw);
}

mood passing_mood(dice& draw) {
    constexpr mood moods[] = {
        mood::healthy, mood::dead, mood::busy, mood::deferring, mood::silent_name
    };
    return moods[pick<std::size_t>(draw, 0, std::size(moods) - 1)];
}

// Trouble of every kind for a day or two, then one mood for ever.
std::vector<phase> random_phases(dice& draw, time_point start, mood finally) {
    std::vector<phase> phases;
    auto at = start;
    for (int i = pick(draw, 0, 5); i > 0; --i) {
        at += std::chrono::minutes(pick(draw, 1, 8 * 60));
        phases.push_back({.until = at, .state = passing_mood(draw)});
    }
    phases.push_back({.until = time_point::max(), .state = finally});
    return phases;
}

mood last_mood(dice& draw) {
    switch (pick(draw, 0, 7)) {
        case 0:
            return mood::dead;
        case 1:
            return mood::no_name;
        case 2:
            return mood::busy;
        default:
            return mood::healthy;
    }
}

}  // namespace

mood domain::at(time_point now) const {
    const auto current =
        std::ranges::find_if(phases, [now](const phase& each) { return now < each.until; });
    return current == phases.end() ? phases.back().state : current->state;
}

domain random_relayhost(dice& draw, time_point start, const std::string& name) {
    return {
        .name = name,
        .site = name + ":25",
        .phases = random_phases(draw, start, last_mood(draw)),
        .bearable = pick<std::size_t>(draw, 1, 4),
        .latency = std::chrono::milliseconds(pick(draw, 1, 2000)),
    };
}

std::vector<domain> random_domains(dice& draw, time_point start) {
    std::vector<domain> made;
    const int count = pick(draw, 2, 8);
    for (int i = 0; i < count; ++i) {
        const auto number = std::to_string(i);
        domain next;
        next.name = "d" + number + ".test";
        next.site = "mx" + number;
        next.phases = random_phases(draw, start, i == 0 ? mood::healthy : last_mood(draw));
        next.bearable = pick<std::size_t>(draw, 1, 4);
        next.latency = std::chrono::milliseconds(pick(draw, 1, 2000));
        // Some domains are served by the hosts of the one before, and share its fate.
        if (i > 1 && pick(draw, 0, 3) == 0) {
            const auto name = next.name;
            next = made.back();
            next.name = name;
        }
        made.push_back(std::move(next));
    }
    return made;
}

}  // namespace model
