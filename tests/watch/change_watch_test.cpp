// When files are looked at, and what is reported of them.
#include "relay/watch/change_watch.hpp"

#include <string>
#include <vector>

#include "tests/support/catch.hpp"

using namespace kurir;
using namespace kurir::watch;
using namespace std::chrono_literals;

namespace {

using time_point = change_watch::time;

// Looks when it is asked to, as the watcher does, at files that the test changes.
struct change_world {
    change_world() { subject.know(files, now); }

    void write(const std::string& path, std::size_t content, bool noticed = true) {
        files[path].content = content;
        if (noticed) subject.touched(now);
    }

    // What is reported until `duration` has passed.
    std::vector<finding> pass(net::clock::duration duration) {
        std::vector<finding> found;
        const auto end = now + duration;
        int looks_at_once = 0;
        while (subject.next() <= end) {
            looks_at_once = subject.next() > now ? 0 : looks_at_once + 1;
            REQUIRE(looks_at_once < 3);  // it does not turn in a circle
            now = std::max(now, subject.next());
            ++looks;
            if (auto each = subject.looked(files, now); !each.empty()) found.push_back(each);
        }
        now = end;
        return found;
    }

    file_prints files{{"a", {.content = 1}}, {"b", {.content = 1}}};
    time_point now{1h};
    change_watch subject;
    int looks = 0;
};

using paths = std::set<std::string>;

}  // namespace

TEST_CASE("a change is reported within a second, and then that it is over", "[watch]") {
    change_world disk;
    disk.write("a", 2);
    const auto soon = disk.pass(1s);
    REQUIRE(soon.size() == 1);
    CHECK(soon[0].changed == paths{"a"});
    CHECK_FALSE(soon[0].over);
    const auto later = disk.pass(10min);
    REQUIRE(later.size() == 1);
    CHECK(later[0].changed.empty());
    CHECK(later[0].over);
}

TEST_CASE("nothing is reported without a change, and looks are rare", "[watch]") {
    change_world disk;
    CHECK(disk.pass(1h).empty());
    CHECK(disk.looks == 60);
    disk.write("a", 1);  // the same again
    CHECK(disk.pass(1h).empty());
    CHECK(disk.looks == 120);
}

TEST_CASE("a change without a notice is reported within the minute", "[watch]") {
    change_world disk;
    disk.pass(30s);
    disk.write("b", 2, false);
    const auto found = disk.pass(61s);
    REQUIRE_FALSE(found.empty());
    CHECK(found[0].changed == paths{"b"});
}

TEST_CASE("files that are written one after the other are reported together", "[watch]") {
    change_world disk;
    disk.write("a", 2);
    CHECK(disk.pass(150ms).empty());
    disk.write("a", 3);
    CHECK(disk.pass(150ms).empty());
    disk.write("b", 2);
    const auto found = disk.pass(2s);
    REQUIRE(found.size() == 2);
    CHECK(found[0].changed == paths{"a", "b"});
    CHECK(found[1].over);
}

TEST_CASE("a second change before the first is over delays only the end", "[watch]") {
    change_world disk;
    disk.write("a", 2);
    REQUIRE(disk.pass(700ms).size() == 1);
    disk.write("b", 2);
    const auto found = disk.pass(3s);
    REQUIRE(found.size() == 2);
    CHECK(found[0].changed == paths{"b"});
    CHECK_FALSE(found[0].over);
    CHECK(found[1].over);
}

TEST_CASE("a file that never rests is reported all the same, and so is the end", "[watch]") {
    change_world disk;
    const bool noticed = GENERATE(true, false);
    if (!noticed) disk.write("a", 99);  // the first one is, or it would take a minute
    std::size_t reports = 0;
    std::size_t ends = 0;
    for (std::size_t at = 2; at < 102; ++at) {
        disk.write("a", at, noticed);
        for (const auto& each : disk.pass(100ms)) {
            reports += each.changed.empty() ? 0 : 1;
            ends += each.over ? 1 : 0;
        }
    }
    CHECK(reports >= 6);  // in ten seconds
    CHECK(reports <= 11);
    CHECK(ends >= 1);
    CHECK(ends <= 2);
    const auto rest = disk.pass(3s);
    REQUIRE_FALSE(rest.empty());
    CHECK(rest.back().over);
}

TEST_CASE("a file that is gone, or may not be read, has changed", "[watch]") {
    change_world disk;
    disk.files["a"] = {.error = 2};
    disk.subject.touched(disk.now);
    REQUIRE(disk.pass(1s).size() == 1);
    disk.pass(5s);
    disk.files["a"] = {.error = 13};
    disk.subject.touched(disk.now);
    CHECK(disk.pass(1s).size() == 1);
}

TEST_CASE("what was read elsewhere meanwhile is not reported", "[watch]") {
    change_world disk;
    disk.write("a", 2);
    disk.pass(100ms);
    disk.subject.know(disk.files, disk.now);
    CHECK(disk.pass(1h).empty());
    disk.files.erase("b");
    disk.files["c"].content = 1;
    disk.subject.know(disk.files, disk.now);
    CHECK(disk.pass(1h).empty());
}
