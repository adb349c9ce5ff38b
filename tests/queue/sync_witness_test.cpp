#include "queue/rocks/sync_witness.hpp"

#include <linux/magic.h>
#include <sys/vfs.h>

#include "tests/queue/fixture.hpp"

using namespace tests;

namespace {

bool is_ext4(const std::filesystem::path& directory) {
    struct statfs disk{};
    REQUIRE(::statfs(directory.c_str(), &disk) == 0);
    return disk.f_type == EXT4_SUPER_MAGIC;
}

}  // namespace

// `tests/faults/exhaustion_test.py` tests it with an aborted journal.
TEST_CASE("a witness changes its file after each sync, and does not let it grow", "[queue]") {
    const auto place = std::filesystem::current_path();
    const auto path = place / ("witness-" + std::to_string(::getpid()));
    std::filesystem::remove(path);
    {
        queue::sync_witness witness(path);
        REQUIRE_FALSE(witness.doubt());
        REQUIRE(std::filesystem::exists(path) == is_ext4(place));
        if (is_ext4(place)) {
            CHECK(std::filesystem::file_size(path) == 1);
            for (int i = 0; i < (1 << 16); ++i)
                REQUIRE_FALSE(witness.doubt());
            CHECK(std::filesystem::file_size(path) == 0);
        }
    }
    std::filesystem::remove(path);
}

TEST_CASE("a witness that can't be made raises no doubt", "[queue]") {
    const temporary_directory home;
    queue::sync_witness witness(home.path() / "nowhere" / "witness");
    CHECK_FALSE(witness.doubt());
}
