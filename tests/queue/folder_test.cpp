// Which folders may hold the queue. Testing owners needs root; tests/integration/start_test.py does
// it with the relay.
#include "queue/rocks/folder.hpp"

#include <sys/stat.h>

#include "tests/queue/fixture.hpp"

using namespace tests;

namespace {

unsigned mode_of(const std::filesystem::path& path) {
    struct stat found{};
    REQUIRE(::stat(path.c_str(), &found) == 0);
    return found.st_mode & 07777U;
}

// For the time of a test.
class narrow_umask {
public:
    explicit narrow_umask(mode_t mask) : before_(::umask(mask)) {}
    narrow_umask(const narrow_umask&) = delete;
    narrow_umask& operator=(const narrow_umask&) = delete;
    ~narrow_umask() { ::umask(before_); }

private:
    mode_t before_;
};

}  // namespace

TEST_CASE("H6 a queue folder that is made has no more permissions than the umask", "[queue]") {
    const temporary_directory home;
    const narrow_umask mask(0077);
    const auto folder = home.path() / "a" / "queue";
    const auto verdict = queue::take_folder(folder);
    CHECK(verdict.why_not.empty());
    CHECK(verdict.doubt.empty());
    CHECK(mode_of(folder) == 0700);
}

TEST_CASE("H6 a folder of our own is narrowed, and never widened", "[queue]") {
    const temporary_directory home;
    const auto folder = home.path() / "queue";
    std::filesystem::create_directories(folder / "db");
    struct example {
        mode_t mask;
        mode_t before;
        unsigned after;
    };
    const auto [mask, before, after] = GENERATE(
        example{0077, 0775, 0700},
        example{0027, 0770, 0750},
        example{0027, 0700, 0700},
        example{0077, 0500, 0500},
        example{0000, 0770, 0750}
    );
    CAPTURE(mask, before);
    const narrow_umask set(mask);
    REQUIRE(::chmod((folder / "db").c_str(), before) == 0);
    REQUIRE(::chmod(folder.c_str(), before) == 0);
    CHECK(queue::take_folder(folder).why_not.empty());
    CHECK(mode_of(folder) == after);
    CHECK(mode_of(folder / "db") == after);
}

TEST_CASE("H6 a folder that everybody can write to is refused, also one within", "[queue]") {
    const temporary_directory home;
    const auto folder = home.path() / "queue";
    std::filesystem::create_directories(folder / "db");
    CHECK(queue::take_folder(folder).why_not.empty());
    const auto open = GENERATE(false, true) ? folder / "db" : folder;
    REQUIRE(::chmod(open.c_str(), 01777) == 0);
    const auto verdict = queue::take_folder(folder);
    CHECK(verdict.why_not.find(open.string()) == 0);
    CHECK(mode_of(open) == 01777);
}

TEST_CASE("H6 a link in place of the database's folder is refused", "[queue]") {
    const temporary_directory home;
    const auto folder = home.path() / "queue";
    std::filesystem::create_directories(home.path() / "elsewhere");
    std::filesystem::create_directories(folder);
    const auto* name = GENERATE("db", "quarantine");
    std::filesystem::create_directory_symlink(home.path() / "elsewhere", folder / name);
    CHECK(queue::take_folder(folder).why_not == (folder / name).string() + " is not a folder");
}
