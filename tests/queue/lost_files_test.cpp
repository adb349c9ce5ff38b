// Files of RocksDB that are lost or damaged while the store is closed: if it is unclear what
// belongs to the queue, it does not open, and nothing is changed; other losses do no harm.
#include <array>
#include <fstream>
#include <iterator>
#include <map>

#include "tests/queue/fixture.hpp"

using namespace tests;

namespace {

namespace fs = std::filesystem;

std::string content_of(const fs::path& file) {
    std::ifstream from(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(from), {}};
}

void write(const fs::path& file, const std::string& content) {
    std::ofstream(file, std::ios::binary | std::ios::trunc) << content;
}

// The names of files that hold mail, or list the files that do.
std::map<std::string, std::string> files_of(const fs::path& directory) {
    std::map<std::string, std::string> found;
    for (const auto& file : fs::directory_iterator(directory / "db")) {
        const auto name = file.path().filename().string();
        if (!name.starts_with("LOG") && name != "LOCK") found[name] = content_of(file.path());
    }
    return found;
}

fs::path file_like(const fs::path& directory, std::string_view begin, std::string_view end) {
    for (const auto& file : fs::directory_iterator(directory / "db")) {
        const auto name = file.path().filename().string();
        if (name.starts_with(begin) && name.ends_with(end)) return file.path();
    }
    FAIL("no file " << begin << "*" << end);
    return {};
}

// A queue at rest with one message in tables and one in the log.
struct resting {
    resting() {
        for (auto& each : ids) {
            life current(home.path());
            current.start();
            each = current.store().allocate();
            REQUIRE(current.commit(mail(each, "body")));
        }
    }
    void check_whole() {
        life current(home.path());
        REQUIRE(current.opened());
        current.start();
        CHECK(current.store().totals().messages == 2);
        for (const auto id : ids)
            CHECK((*current.read(id))->first_chunk == "body");
        current.seen.await("recovered 2");
    }

    const temporary_directory home;
    std::array<queue::message_id, 2> ids;
};

}  // namespace

TEST_CASE("a queue whose contents are unclear is refused, and left as it is", "[queue][faults]") {
    resting at;
    const auto current = at.home.path() / "db" / "CURRENT";
    const auto manifest = file_like(at.home.path(), "MANIFEST-", "");
    const auto table = file_like(at.home.path(), "", ".sst");
    fs::path hit;
    SECTION("CURRENT is missing") {
        fs::remove(hit = current);
    }
    SECTION("CURRENT is empty") {
        write(hit = current, "");
    }
    SECTION("CURRENT is cut") {
        write(hit = current, "MANIFEST-0");
    }
    SECTION("CURRENT names what is not there") {
        write(hit = current, "MANIFEST-999999\n");
    }
    SECTION("the MANIFEST is missing") {
        fs::remove(hit = manifest);
    }
    SECTION("the MANIFEST is empty") {
        write(hit = manifest, "");
    }
    SECTION("a table is missing") {
        fs::remove(hit = table);
    }
    SECTION("a table is empty") {
        write(hit = table, "");
    }

    const auto before = files_of(at.home.path());
    // The supervisor tries again and again.
    for (int i = 0; i < 2; ++i) {
        const life blocked(at.home.path());
        REQUIRE_FALSE(blocked.opened());
        INFO(blocked.why_not());
        CHECK(blocked.why_not().find("When the queue does not open") != std::string::npos);
        const auto names = [&](const std::string& word) {
            return blocked.why_not().find(word) != std::string::npos;
        };
        CHECK((hit == table ? names(table.stem().string()) : names("CURRENT") || names("MANIFEST"))
        );
    }
    CHECK(files_of(at.home.path()) == before);
}

TEST_CASE("a lost CURRENT can be written anew, as queue/FORMAT.md says", "[queue][faults]") {
    resting at;
    const auto manifest = file_like(at.home.path(), "MANIFEST-", "").filename().string();
    fs::remove(at.home.path() / "db" / "CURRENT");
    CHECK_FALSE(life(at.home.path()).opened());
    write(at.home.path() / "db" / "CURRENT", manifest + "\n");
    at.check_whole();
}

TEST_CASE("files that RocksDB can do without may be lost or damaged", "[queue][faults]") {
    resting at;
    const auto db = at.home.path() / "db";
    const auto hit = GENERATE(as<std::string>(), "OPTIONS-", "IDENTITY");
    const auto file = file_like(at.home.path(), hit, "");
    SECTION("lost") {
        fs::remove(file);
    }
    SECTION("damaged") {
        write(file, "nonsense\n");
    }
    at.check_whole();
}
