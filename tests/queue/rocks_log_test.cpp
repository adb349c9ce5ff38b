#include "queue/rocks/rocks_log.hpp"

#include <fstream>
#include <iterator>
#include <string>

#include "tests/queue/fixture.hpp"

using namespace tests;

namespace {

std::string content(const std::filesystem::path& file) {
    std::ifstream in(file);
    return {std::istreambuf_iterator<char>(in), {}};
}

queue::time_point epoch() {
    return {};
}

}  // namespace

TEST_CASE("RocksDB's warnings stand in its log, and what is less does not", "[rocks_log]") {
    const temporary_directory folder;
    const auto file = folder.path() / "LOG";
    queue::rocks_log log(file.string(), epoch, 1000);
    CHECK_FALSE(std::filesystem::exists(file));

    rocksdb::Info(&log, "%d is fine", 1);
    rocksdb::Warn(&log, "%d is not", 2);
    CHECK(content(file) == "1970-01-01T00:00:00Z [WARN] 2 is not\n");
}

TEST_CASE("RocksDB's log is kept to two files of a bounded size", "[rocks_log]") {
    const temporary_directory folder;
    const auto file = folder.path() / "LOG";
    queue::rocks_log log(file.string(), epoch, 1000);

    for (int i = 0; i < 100; ++i)
        rocksdb::Error(&log, "line %d", i);
    CHECK(std::filesystem::file_size(file) <= 1000);
    CHECK(std::filesystem::file_size(folder.path() / "LOG.old") <= 1000);
    CHECK(content(file).ends_with("line 99\n"));
    const std::filesystem::directory_iterator files(folder.path());
    CHECK(std::distance(begin(files), end(files)) == 2);
}

TEST_CASE("RocksDB's log that can't be written is done without", "[rocks_log]") {
    const temporary_directory folder;
    queue::rocks_log nowhere((folder.path() / "missing" / "LOG").string(), epoch, 1000);
    queue::rocks_log full("/dev/full", epoch, 1000);

    for (int i = 0; i < 3; ++i) {
        rocksdb::Error(&nowhere, "lost");
        rocksdb::Error(&full, "lost");
    }
    CHECK_FALSE(std::filesystem::exists(folder.path() / "missing"));
}
