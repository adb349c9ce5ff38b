#include "relay/app/line_diff.hpp"

#include "tests/support/catch.hpp"

using namespace kurir::app;

namespace {

std::string diff(std::string_view before, std::string_view after) {
    return unified_diff({"a", lines_of(before)}, {"b", lines_of(after)});
}

}  // namespace

TEST_CASE("equal texts differ in nothing", "[app][diff]") {
    CHECK(diff("", "").empty());
    CHECK(diff("a\r\nb\r\n", "a\nb").empty());
}

TEST_CASE("hunks have their context and their ranges", "[app][diff]") {
    CHECK(diff("a\n", "b\n") == "--- a\n+++ b\n@@ -1 +1 @@\n-a\n+b\n");
    CHECK(diff("", "b\n") == "--- a\n+++ b\n@@ -0,0 +1 @@\n+b\n");
    CHECK(diff("a\nb\n", "") == "--- a\n+++ b\n@@ -1,2 +0,0 @@\n-a\n-b\n");
    CHECK(
        diff("1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\nx\n6\n7\n8\n9\n") ==
        "--- a\n+++ b\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+x\n 6\n 7\n 8\n"
    );
    CHECK(
        diff("1\n2\n3\n4\n5\n6\n7\n8\n9\n0\n", "x\n2\n3\n4\n5\n6\n7\n8\n9\ny\n") ==
        "--- a\n+++ b\n@@ -1,4 +1,4 @@\n-1\n+x\n 2\n 3\n 4\n"
        "@@ -7,4 +7,4 @@\n 7\n 8\n 9\n-0\n+y\n"
    );
    CHECK(
        diff("1\n2\n3\n4\n5\n6\n7\n", "x\n2\n3\n4\n5\n6\ny\n") ==
        "--- a\n+++ b\n@@ -1,7 +1,7 @@\n-1\n+x\n 2\n 3\n 4\n 5\n 6\n-7\n+y\n"
    );
}

TEST_CASE("lines that are common stay, and long texts are replaced", "[app][diff]") {
    CHECK(
        diff("a\nb\nc\nd\n", "b\nx\nd\n") == "--- a\n+++ b\n@@ -1,4 +1,3 @@\n-a\n b\n-c\n+x\n d\n"
    );
    std::string before;
    std::string after;
    for (std::size_t at = 0; at <= compared_lines_max; ++at) {
        before += "a" + std::to_string(at) + '\n';
        after += "b" + std::to_string(at) + '\n';
    }
    const auto text = diff(before, after);
    CHECK(lines_of(text).size() == 3 + 2 * (compared_lines_max + 1));
}
