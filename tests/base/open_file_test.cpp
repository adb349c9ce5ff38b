#include "relay/base/open_file.hpp"

#include <string>

#include "tests/support/catch.hpp"
#include "tests/support/temporary_directory.hpp"

using namespace kurir;

TEST_CASE("a small file is read whole, and one that is not there is empty", "[base]") {
    const tests::temporary_directory folder;
    const auto path = folder.path() / "file";
    CHECK(base::content_of(path).empty());
    const std::string text("one\0two\r\n", 9);
    REQUIRE_FALSE(base::replace_file(path, text));
    CHECK(base::content_of(path) == text);
}
