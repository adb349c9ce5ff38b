#include "relay/history/event_files.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "relay/history/search.hpp"
#include "tests/support/catch.hpp"

using namespace kurir::history;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

struct event_folder {
    fs::path path = fs::temp_directory_path() / ("kurir-history-" + std::to_string(::getpid()));
    event_folder() { fs::remove_all(path); }
    event_folder(const event_folder&) = delete;
    event_folder& operator=(const event_folder&) = delete;
    ~event_folder() { fs::remove_all(path); }

    std::uintmax_t size() const {
        std::uintmax_t sum = 0;
        for (const auto& each : event_files(path))
            sum += fs::file_size(each);
        return sum;
    }
};

std::string event_line(const std::string& id, const std::string& recipient) {
    return R"({"event":"delivered","queue_id":")" + id + R"(","from":"app@shop.test","to":")" +
           recipient + "\"}\n";
}

}  // namespace

TEST_CASE("what was written is found, newest files first, in its order", "[history]") {
    const event_folder folder;
    event_writer writer(folder.path, {1 << 20, 24h});
    CHECK(event_files(folder.path).empty());
    REQUIRE_FALSE(writer.append(event_line("A", "bob@one.test") + event_line("B", "eve@one.test")));
    REQUIRE_FALSE(writer.append(event_line("C", "bob@one.test")));
    event_writer later(folder.path, {1 << 20, 24h});
    REQUIRE_FALSE(later.append(event_line("D", "bob@one.test")));
    CHECK(event_files(folder.path).size() == 2);

    const auto all = find_events(folder.path, "Bob@one.test", 10);
    REQUIRE(all.lines.size() == 3);
    CHECK(all.lines.front().find("\"A\"") != std::string::npos);
    CHECK(all.lines.back().find("\"D\"") != std::string::npos);
    CHECK_FALSE(all.more);

    const auto newest = find_events(folder.path, "bob@one.test", 2);
    REQUIRE(newest.lines.size() == 2);
    CHECK(newest.lines.front().find("\"C\"") != std::string::npos);
    CHECK(newest.more);
}

TEST_CASE("who can read the events is for the umask to say, and never everybody", "[history]") {
    const auto mask = GENERATE(::mode_t{0077}, ::mode_t{0027}, ::mode_t{0007});
    const auto before = ::umask(mask);
    const event_folder folder;
    event_writer writer(folder.path, {1 << 20, 24h});
    REQUIRE_FALSE(writer.append(event_line("A", "bob@one.test")));
    struct stat found{};
    REQUIRE(::stat(event_files(folder.path).front().c_str(), &found) == 0);
    ::umask(before);
    CHECK((found.st_mode & 0777U) == (0640U & ~mask));
    REQUIRE(::stat(folder.path.c_str(), &found) == 0);
    CHECK((found.st_mode & 0777U) == (0777U & ~mask));
}

TEST_CASE("all files together keep their limit, and the newest stay", "[history]") {
    const event_folder folder;
    constexpr std::uint64_t most = 64 * 1024;
    event_writer writer(folder.path, {most, 24h});
    for (int at = 0; at < 3000; ++at) {
        REQUIRE_FALSE(writer.append(event_line(std::to_string(at), "bob@one.test")));
        REQUIRE(folder.size() <= most);
    }
    CHECK(folder.size() > most / 2);
    CHECK(find_events(folder.path, "2999", 10).lines.size() == 1);
    CHECK(find_events(folder.path, "0", 10).lines.empty());
}

TEST_CASE("files that are too old go", "[history]") {
    const event_folder folder;
    event_writer writer(folder.path, {1 << 20, 24h});
    REQUIRE_FALSE(writer.append(event_line("A", "bob@one.test")));
    fs::last_write_time(event_files(folder.path).front(), fs::file_time_type::clock::now() - 25h);
    event_writer later(folder.path, {1 << 20, 24h});
    REQUIRE_FALSE(later.append(event_line("B", "bob@one.test")));
    CHECK(find_events(folder.path, "A", 10).lines.empty());
    CHECK(find_events(folder.path, "B", 10).lines.size() == 1);
}

TEST_CASE("other files in the folder are left alone", "[history]") {
    const event_folder folder;
    fs::create_directory(folder.path);
    for (const auto* name : {"events.", "events.x", "events.1x", "notes"})
        std::ofstream(folder.path / name) << event_line("A", "bob@one.test");
    event_writer writer(folder.path, {1 << 20, 0h});
    REQUIRE_FALSE(writer.append(event_line("B", "bob@one.test")));
    CHECK(find_events(folder.path, "A", 10).lines.empty());
    CHECK(fs::exists(folder.path / "notes"));
}

TEST_CASE("where nothing can be written, the error is returned", "[history]") {
    const event_folder folder;
    std::ofstream(folder.path) << "a file, where a folder belongs";
    event_writer writer(folder.path, {1 << 20, 24h});
    CHECK(writer.append(event_line("A", "bob@one.test")));
}
