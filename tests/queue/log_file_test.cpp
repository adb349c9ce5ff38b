#include "queue/rocks/log_file.hpp"

#include <rocksdb/db.h>

#include <fstream>
#include <sstream>
#include <string>

#include "tests/queue/fixture.hpp"

using namespace tests;

namespace {

constexpr std::size_t header = 7;
constexpr std::size_t block = 32768;

// A log as RocksDB writes it: of these values, in batches of their own.
std::string written_log(const std::vector<std::size_t>& sizes) {
    const temporary_directory home;
    rocksdb::Options options;
    options.create_if_missing = true;
    options.avoid_flush_during_shutdown = true;
    rocksdb::DB* raw = nullptr;
    REQUIRE(rocksdb::DB::Open(options, home.path().string(), &raw).ok());
    const std::unique_ptr<rocksdb::DB> db(raw);
    for (const auto size : sizes)
        REQUIRE(db->Put({}, "key", std::string(size, 'x')).ok());
    REQUIRE(db->SyncWAL().ok());
    for (const auto& file : std::filesystem::directory_iterator(home.path())) {
        if (file.path().extension() != ".log") continue;
        std::ifstream from(file.path(), std::ios::binary);
        return {std::istreambuf_iterator<char>(from), {}};
    }
    return {};
}

struct outcome {
    queue::mended_log found;
    std::string bytes;
};

outcome mend(const std::string& log) {
    std::istringstream from(log);
    std::ostringstream output;
    const auto found = queue::mend_log(from, output);
    return {found, output.str()};
}

std::string flipped(std::string log, std::size_t at) {
    log[at] = static_cast<char>(log[at] ^ 4);
    return log;
}

}  // namespace

TEST_CASE("a sound log is written as RocksDB wrote it", "[queue][log_file]") {
    const auto log = written_log({10, 0, 100'000, 5, 2 * block, block - 100, 40, 1});
    const auto [found, bytes] = mend(log);
    CHECK(found.records == 8);
    CHECK(found.damages == 0);
    CHECK(bytes == log);
}

TEST_CASE("of a log that ends within a record the whole ones are kept", "[queue][log_file]") {
    const auto log = written_log({10, 100'000});
    for (const std::size_t cut : {log.size() - 1, log.size() - 50'000, block, block + 3}) {
        const auto [found, bytes] = mend(log.substr(0, cut));
        CHECK(found.records == 1);
        CHECK(found.damages == 0);
        CHECK(bytes == log.substr(0, bytes.size()));
    }
}

TEST_CASE("a damaged log loses the record that was hit, and what is behind", "[queue][log_file]") {
    const auto log = written_log({100, 100, 100'000, 70'000, 100});
    const auto whole = mend(log).bytes;
    SECTION("a large record: itself only, when its block holds no other") {
        const auto [found, bytes] = mend(flipped(log, block + 100));
        CHECK(found.records == 4);
        CHECK(found.damages > 0);
        CHECK(mend(bytes).found.damages == 0);
        CHECK(mend(bytes).found.records == 4);
    }
    SECTION("a small record: the rest of its block too") {
        const auto [found, bytes] = mend(flipped(log, header + 20));
        CHECK(found.records == 2);
        CHECK(found.damages > 0);
    }
    SECTION("its length") {
        const auto [found, bytes] = mend(flipped(log, 4));
        CHECK(found.records == 2);
    }
    SECTION("a block of zeros") {
        auto zeroed = log;
        zeroed.replace(block, block, block, '\0');
        const auto [found, bytes] = mend(zeroed);
        CHECK(found.records == 4);
        CHECK(found.damages > 0);
    }
}

TEST_CASE("zeros behind the last record are no damage", "[queue][log_file]") {
    const auto log = written_log({100});
    const auto [found, bytes] = mend(log + std::string(3 * block, '\0'));
    CHECK(found.records == 1);
    CHECK(found.damages == 0);
    CHECK(bytes == log);
}

TEST_CASE("no bit of a log can be flipped without loss or notice", "[queue][log_file]") {
    const auto log = written_log({30, 40'000, 30});
    for (std::size_t at = 0; at < log.size(); at += at < 200 || log.size() - at < 200 ? 1 : 997) {
        const auto [found, bytes] = mend(flipped(log, at));
        INFO("byte " << at);
        CHECK(found.records < 3);
    }
}
