// The watcher on real files: every way in which a file is replaced.
#include "relay/watch/file_watcher.hpp"

#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/catch.hpp"

using namespace kurir;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

// Far longer than a notice takes, far shorter than the round: without notices nothing is seen.
constexpr auto patience = 60s;
constexpr watch::rhythm quick{
    .quiet = 20ms, .unrest_max = 200ms, .settle = 50ms, .settle_max = 1s, .round = 1h
};

void write(const fs::path& path, std::string_view text) {
    std::ofstream(path) << text;
}

struct watched_folder {
    watched_folder() {
        fs::create_directories(folder / "secret");
        write(file, "one");
    }
    watched_folder(const watched_folder&) = delete;
    watched_folder& operator=(const watched_folder&) = delete;
    ~watched_folder() {
        watcher.reset();
        fs::remove_all(folder);
    }

    void begin(const fs::path& path, const watch::rhythm& rhythm = quick) {
        watcher.emplace(
            watch::file_watcher::listener{
                .changed = [this](const watch::finding& each) { add(each); },
                .without_notices =
                    [this](std::string why) {
                        const std::lock_guard lock(mutex);
                        troubles.push_back(std::move(why));
                        grown.notify_all();
                    },
            },
            rhythm
        );
        watcher->watch({path.string()});
        watcher->start();
    }

    void add(const watch::finding& each) {
        const std::lock_guard lock(mutex);
        if (!each.changed.empty()) ++changes;
        over = each.over;
        grown.notify_all();
    }

    bool seen(int before, std::chrono::milliseconds time = patience) {
        std::unique_lock lock(mutex);
        return grown.wait_for(lock, time, [&] { return changes > before; });
    }

    void await_over() {
        std::unique_lock lock(mutex);
        REQUIRE(grown.wait_for(lock, patience, [&] { return over; }));
    }

    // That `change` is seen, and that it comes to an end.
    void sees(const std::function<void()>& change) {
        int before = 0;
        {
            const std::lock_guard lock(mutex);
            before = changes;
        }
        change();
        CHECK(seen(before));
        await_over();
    }

    fs::path folder = fs::temp_directory_path() / ("kurir-watch-" + std::to_string(::getpid()));
    fs::path file = folder / "secret" / "file";
    std::mutex mutex;
    std::condition_variable grown;
    int changes = 0;
    bool over = false;
    std::vector<std::string> troubles;
    std::optional<watch::file_watcher> watcher;
};

}  // namespace

TEST_CASE("a file's every change is seen", "[watch]") {
    watched_folder disk;
    disk.begin(disk.file);
    disk.sees([&] { write(disk.file, "edited in place"); });
    disk.sees([&] {
        write(disk.folder / "secret" / "new", "renamed");
        fs::rename(disk.folder / "secret" / "new", disk.file);
    });
    disk.sees([&] {
        write(disk.folder / "from elsewhere", "moved");
        fs::rename(disk.folder / "from elsewhere", disk.file);
    });
    disk.sees([&] { ::chmod(disk.file.c_str(), 0640); });
    disk.sees([&] { fs::remove(disk.file); });
    disk.sees([&] { write(disk.file, "here again"); });
    CHECK(disk.troubles.empty());
}

TEST_CASE("a file is seen when its folder goes and comes back", "[watch]") {
    watched_folder disk;
    disk.begin(disk.file);
    const auto secret = disk.folder / "secret";
    disk.sees([&] { fs::remove_all(secret); });
    disk.sees([&] {
        fs::create_directory(secret);
        write(disk.file, "back");
    });
    disk.sees([&] {
        fs::create_directory(disk.folder / "next");
        write(disk.folder / "next" / "file", "exchanged");
        fs::rename(secret, disk.folder / "old");
        fs::rename(disk.folder / "next", secret);
    });
    disk.sees([&] { write(disk.file, "and edited there"); });
    disk.sees([&] { fs::rename(disk.folder, disk.folder.string() + ".away"); });
    disk.sees([&] { fs::rename(disk.folder.string() + ".away", disk.folder); });
}

TEST_CASE("a mounted secret is seen when its link is exchanged", "[watch]") {
    watched_folder disk;
    const auto secret = disk.folder / "secret";
    fs::remove(disk.file);
    const auto publish = [&](const std::string& version, std::string_view text) {
        fs::create_directory(secret / version);
        write(secret / version / "file", text);
        fs::create_symlink(version, secret / "..data_tmp");
        fs::rename(secret / "..data_tmp", secret / "..data");
    };
    publish("..1", "first");
    fs::create_symlink("..data/file", disk.file);
    fs::create_symlink(disk.file, disk.folder / "link to a link");
    disk.begin(disk.folder / "link to a link");
    disk.sees([&] { publish("..2", "second"); });
    disk.sees([&] {
        publish("..3", "third");
        fs::remove_all(secret / "..2");
    });
    disk.sees([&] {
        fs::remove(disk.folder / "link to a link");
        write(disk.folder / "link to a link", "a file");
    });
}

TEST_CASE("a change that gives no notice is seen in the next round", "[watch]") {
    watched_folder disk;
    auto rhythm = quick;
    rhythm.round = 100ms;
    const auto own_name = "/proc/" + std::to_string(::getpid()) + "/comm";
    ::prctl(PR_SET_NAME, "one");
    disk.begin(own_name, rhythm);
    disk.sees([] { ::prctl(PR_SET_NAME, "another"); });
    CHECK(disk.troubles.empty());
}

TEST_CASE("a watcher that has nothing to watch ends", "[watch]") {
    watch::file_watcher idle({.changed = [](const auto&) {}, .without_notices = [](const auto&) {}}
    );
    idle.watch({});
    idle.start();
    idle.stop();
    idle.stop();
}
