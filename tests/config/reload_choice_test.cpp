// Which new versions of files are taken beside each other.
#include "relay/config/reload_choice.hpp"

#include <string>

#include "tests/support/catch.hpp"

using namespace kurir::config;

namespace {

// Files whose names are single letters. `rule` finds what is wrong with those that are taken.
choice chosen(const paths& changed, const trial& rule) {
    return choose(changed, rule, [](const std::string&, const std::string&) { return false; });
}

bool has(const paths& taken, const char* path) {
    return taken.contains(path);
}

paths held_in(const choice& all) {
    paths names;
    for (const auto& [path, why] : all.held) {
        CHECK_FALSE(why.empty());
        names.insert(path);
    }
    return names;
}

}  // namespace

TEST_CASE("without a mistake everything is taken, at one trial", "[config][reload]") {
    int trials = 0;
    const auto all = chosen({"a", "b", "c"}, [&](const paths&) {
        ++trials;
        return problems();
    });
    CHECK(all.taken == paths{"a", "b", "c"});
    CHECK(all.held.empty());
    CHECK(trials == 1);
}

TEST_CASE("what is wrong is held back, and says why", "[config][reload]") {
    const auto all = chosen({"a", "b", "c", "d"}, [](const paths& taken) {
        problems found;
        if (has(taken, "b")) found.emplace_back("B: bad");
        if (has(taken, "d")) found.emplace_back("D: bad");
        return found;
    });
    CHECK(all.taken == paths{"a", "c"});
    CHECK(all.held.at("b") == problems{"B: bad"});
    CHECK(all.held.at("d") == problems{"D: bad"});
}

TEST_CASE("what needs another new version is taken with it or not at all", "[config][reload]") {
    const bool is_bad = GENERATE(false, true);
    const auto all = chosen({"a", "b", "x"}, [=](const paths& taken) {
        problems found;
        if (has(taken, "a") && !has(taken, "b")) found.emplace_back("A: needs b");
        if (has(taken, "b") && is_bad) found.emplace_back("B: bad");
        if (has(taken, "x")) found.emplace_back("X: bad");
        return found;
    });
    CHECK(all.taken == (is_bad ? paths() : paths{"a", "b"}));
}

TEST_CASE("of two that are right only apart neither is taken", "[config][reload]") {
    const auto all = chosen({"a", "b", "c"}, [](const paths& taken) {
        problems found;
        if (has(taken, "a") && has(taken, "b")) found.emplace_back("A: not with b");
        return found;
    });
    CHECK(all.taken == paths{"c"});
    CHECK(held_in(all) == paths{"a", "b"});
    CHECK(all.held.at("b") == problems{"A: not with b"});
}

TEST_CASE(
    "what belongs to a file that is held back is, too, and what belongs to that", "[config][reload]"
) {
    const auto belongs = [](const std::string& path, const std::string& other) {
        return path + other == "ab" || path + other == "ca";
    };
    const auto all = choose(
        {"a", "b", "c", "d"},
        [](const paths& taken) { return has(taken, "b") ? problems{"B: bad"} : problems(); },
        belongs
    );
    CHECK(all.taken == paths{"d"});
    CHECK(held_in(all) == paths{"a", "b", "c"});
}

TEST_CASE("if what is left is wrong without the others, nothing is taken", "[config][reload]") {
    const auto all = choose(
        {"a", "b", "c"},
        [](const paths& taken) {
            problems found;
            if (has(taken, "a") && !has(taken, "c")) found.emplace_back("A: needs c");
            if (has(taken, "b")) found.emplace_back("B: bad");
            return found;
        },
        [](const std::string& path, const std::string& other) { return path + other == "cb"; }
    );
    CHECK(all.taken.empty());
    CHECK(held_in(all) == paths{"a", "b", "c"});
}
