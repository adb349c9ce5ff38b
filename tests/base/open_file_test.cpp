#include "relay/base/open_file.hpp"

#include <string>

#include "tests/support/catch.hpp"
#include "tests/support/temporary_directory.hpp"

using namespace kurir;

TEST_CASE("a file that is to be replaced is read whole, or not taken for empty", "[base]") {
    const tests::temporary_directory folder;
    const auto path = folder.path() / "file";
    CHECK(base::content_to_replace(path).value().empty());
    const std::string text(100'000, 'x');
    REQUIRE_FALSE(base::replace_file(path, text));
    CHECK(base::content_to_replace(path).value() == text);
    CHECK(base::content_to_replace(folder.path()).error() == std::errc::is_a_directory);
    CHECK(base::content_to_replace(path / "below").error() == std::errc::not_a_directory);
    std::filesystem::create_symlink("loop", folder.path() / "loop");
    const auto looped = base::content_to_replace(folder.path() / "loop");
    CHECK(looped.error() == std::errc::too_many_symbolic_link_levels);
}

TEST_CASE("a small file is read whole, and one that is not there is empty", "[base]") {
    const tests::temporary_directory folder;
    const auto path = folder.path() / "file";
    CHECK(base::content_of(path).empty());
    const std::string text("one\0two\r\n", 9);
    REQUIRE_FALSE(base::replace_file(path, text));
    CHECK(base::content_of(path) == text);
}
