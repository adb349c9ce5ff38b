// Notices that can't be had.
#include "relay/watch/inotify.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <optional>

#include "tests/support/catch.hpp"

using namespace kurir::watch;
using Catch::Matchers::ContainsSubstring;
namespace fs = std::filesystem;

namespace {

// No descriptor can be opened during its lifetime.
struct no_descriptors {
    no_descriptors() {
        ::getrlimit(RLIMIT_NOFILE, &before);
        const ::rlimit none{.rlim_cur = 0, .rlim_max = before.rlim_max};
        ::setrlimit(RLIMIT_NOFILE, &none);
    }
    no_descriptors(const no_descriptors&) = delete;
    no_descriptors& operator=(const no_descriptors&) = delete;
    ~no_descriptors() { ::setrlimit(RLIMIT_NOFILE, &before); }
    ::rlimit before{};
};

struct folder {
    folder() { fs::create_directories(path); }
    folder(const folder&) = delete;
    folder& operator=(const folder&) = delete;
    ~folder() { fs::remove_all(path); }
    fs::path path = fs::temp_directory_path() / ("kurir-inotify-" + std::to_string(::getpid()));
};

}  // namespace

TEST_CASE("without inotify the reason is told, and nothing fails", "[watch]") {
    std::optional<inotify> subject;
    {
        const no_descriptors scarce;
        subject.emplace();
    }
    CHECK(subject->descriptor() == -1);
    CHECK_THAT(
        subject->follow({.folders = {{"/", {"x"}}}}), ContainsSubstring("inotify instances")
    );
}

TEST_CASE("only names that matter give a notice, and a folder itself", "[watch]") {
    const folder disk;
    inotify subject;
    CHECK(subject.follow({.folders = {{disk.path, {"a"}}, {disk.path / "missing", {"a"}}}}).empty()
    );
    std::ofstream(disk.path / "b") << "text";
    CHECK_FALSE(subject.take_notices());
    std::ofstream(disk.path / "a") << "text";
    CHECK(subject.take_notices());
    CHECK_FALSE(subject.take_notices());
    fs::rename(disk.path / "a", disk.path / "c");
    CHECK(subject.take_notices());
    fs::remove_all(disk.path);
    CHECK(subject.take_notices());
}

TEST_CASE("a folder that is not followed any more gives no notice", "[watch]") {
    const folder disk;
    fs::create_directories(disk.path / "one");
    fs::create_directories(disk.path / "two");
    inotify subject;
    CHECK(subject.follow({.folders = {{disk.path / "one", {"a"}}, {disk.path / "two", {"a"}}}}
    ).empty());
    CHECK(subject.follow({.folders = {{disk.path / "two", {"a"}}}}).empty());
    std::ofstream(disk.path / "one" / "a") << "text";
    CHECK_FALSE(subject.take_notices());
    std::ofstream(disk.path / "two" / "a") << "text";
    CHECK(subject.take_notices());
}

TEST_CASE("two ways to one folder are followed together", "[watch]") {
    const folder disk;
    fs::create_directories(disk.path / "one");
    fs::create_symlink("one", disk.path / "other");
    inotify subject;
    CHECK(subject.follow({.folders = {{disk.path / "one", {"a"}}, {disk.path / "other", {"b"}}}}
    ).empty());
    std::ofstream(disk.path / "one" / "a") << "text";
    CHECK(subject.take_notices());
    std::ofstream(disk.path / "one" / "b") << "text";
    CHECK(subject.take_notices());
}

TEST_CASE("a file gives a notice itself, whatever its folder does", "[watch]") {
    const folder disk;
    std::ofstream(disk.path / "a") << "text";
    inotify subject;
    CHECK(subject.follow({.files = {disk.path / "a", disk.path / "missing"}}).empty());
    std::ofstream(disk.path / "b") << "text";
    CHECK_FALSE(subject.take_notices());
    std::ofstream(disk.path / "a", std::ios::app) << "more";
    CHECK(subject.take_notices());
}
