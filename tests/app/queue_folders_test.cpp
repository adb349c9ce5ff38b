#include "relay/app/queue_folders.hpp"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "tests/support/catch.hpp"

using namespace kurir;
namespace fs = std::filesystem;

namespace {

class volumes {
public:
    volumes()
        : root(fs::temp_directory_path() / ("kurir-queue-folders-" + std::to_string(::getpid()))) {
        fs::remove_all(root);
        fs::create_directory(root);
    }
    volumes(const volumes&) = delete;
    volumes& operator=(const volumes&) = delete;
    ~volumes() { fs::remove_all(root); }

    fs::path queue(const std::string& name) const {
        const auto folder = root / name;
        fs::create_directories(folder / "db");
        std::ofstream(folder / "kurir.lock") << "host pid 1 since then\n";
        return folder;
    }

    const fs::path root;
};

void write_file(const fs::path& path, const std::string& text) {
    std::ofstream(path) << text;
}

}  // namespace

TEST_CASE("queue folders are found on volumes and one below", "[app][adoption]") {
    const volumes all;
    const auto second = all.queue("b");
    const auto first = all.queue("a/queue");
    const auto own = all.queue("own");
    all.queue("too/far/below");
    all.queue("b/inner");  // a queue has none in it
    fs::create_directories(all.root / "no-lock" / "db");
    fs::create_directories(all.root / "lost+found");
    write_file(all.root / "a file", "x");
    fs::create_directory_symlink(second, all.root / "link");
    const auto found = app::queue_folders_in(all.root, all.root / "." / "own");
    CHECK(found.found == std::vector{first, second});
    CHECK(found.unreadable.empty());
}

TEST_CASE("a folder that is not there is named", "[app][adoption]") {
    const volumes all;
    const auto found = app::queue_folders_in(all.root / "missing", all.root);
    CHECK(found.found.empty());
    REQUIRE(found.unreadable.size() == 1);
    CHECK_THAT(found.unreadable.front(), Catch::Matchers::ContainsSubstring("missing"));
}

TEST_CASE("a queue folder keeps the host name of its relay", "[app][adoption]") {
    const volumes all;
    const auto folder = all.queue("a");
    CHECK(app::keep_hostname(folder, "old.test"));
    CHECK(*app::hostname_in(folder) == "old.test");
    CHECK(app::keep_hostname(folder, "new.test"));
    CHECK(*app::hostname_in(folder) == "new.test");
}

TEST_CASE("a folder without a host name gets a name that stays", "[app][adoption]") {
    const volumes all;
    const auto folder = all.queue("a");
    const auto name = *app::hostname_in(folder);
    CHECK_FALSE(name.empty());
    CHECK(*app::hostname_in(folder) == name);
    CHECK(*app::hostname_in(all.queue("b")) != name);
    write_file(folder / "hostname", "not/a\n");
    CHECK(*app::hostname_in(folder) != "not/a");
}

TEST_CASE("captured mail is known by its folder", "[app][adoption]") {
    const volumes all;
    const auto folder = all.queue("a");
    CHECK_FALSE(app::is_capture(folder));
    write_file(folder / "capture", "on\n");
    CHECK(app::is_capture(folder));
    write_file(folder / "capture", "until 1795836000000\n");
    CHECK_FALSE(app::is_capture(folder));
    write_file(folder / "capture", "?");
    CHECK(app::is_capture(folder));
}
