#include "queue/rocks/at_rest.hpp"

#include <fstream>

#include "tests/queue/fixture.hpp"

using namespace tests;

namespace {

namespace fs = std::filesystem;

void write(const fs::path& file, std::size_t size) {
    fs::create_directories(file.parent_path());
    std::ofstream(file) << std::string(size, 'x');
}

}  // namespace

TEST_CASE("files that were cut at rest are told, others are not", "[queue][at_rest]") {
    const temporary_directory home;
    const auto db = home.path() / "db";
    write(db / "000042.log", 100);
    write(db / "MANIFEST-000007", 50);
    write(db / "000001.sst", 10);
    queue::note_at_rest(home.path());
    REQUIRE(fs::exists(home.path() / "at_rest"));
    const auto told = [&] {
        const auto [manifest, log] = queue::look_at_rest(home.path());
        return manifest + "|" + log;
    };

    SECTION("nothing changed, or grew") {
        CHECK(told() == "|");
        write(db / "000042.log", 101);
        CHECK(told() == "|");
        fs::remove(db / "000001.sst");
        CHECK(told() == "|");
    }
    SECTION("the log") {
        fs::resize_file(db / "000042.log", 20);
        CHECK(told() == "|" + (db / "000042.log").string() + " was cut to 20 of 100 bytes");
        fs::remove(db / "000042.log");
        CHECK(told() == "|" + (db / "000042.log").string() + " is gone, and had 100 bytes");
    }
    SECTION("the MANIFEST") {
        fs::resize_file(db / "MANIFEST-000007", 0);
        CHECK(told() == (db / "MANIFEST-000007").string() + " was cut to 0 of 50 bytes|");
    }
    SECTION("another MANIFEST: a note of a state that has passed") {
        fs::remove(db / "MANIFEST-000007");
        fs::remove(db / "000042.log");
        CHECK(told() == "|");
    }
    SECTION("a note that was changed") {
        std::fstream note(home.path() / "at_rest");
        note.seekp(3);
        note.put('7');
        note.close();
        fs::remove(db / "000042.log");
        CHECK(told() == "|");
    }
    SECTION("a note that was cut") {
        fs::remove(db / "000042.log");
        fs::resize_file(home.path() / "at_rest", fs::file_size(home.path() / "at_rest") - 2);
        CHECK(told() == "|");
    }
    SECTION("forgotten") {
        fs::remove(db / "000042.log");
        CHECK_FALSE(queue::forget_at_rest(home.path()));
        CHECK(told() == "|");
        CHECK_FALSE(queue::forget_at_rest(home.path()));
    }
}
