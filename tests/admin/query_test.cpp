#include "relay/admin/query.hpp"

#include <string>

#include "tests/support/catch.hpp"

using namespace kurir::admin;

TEST_CASE("what is encoded reads back", "[admin][query]") {
    std::string all;
    for (int byte = 0; byte < 256; ++byte)
        all += static_cast<char>(byte);
    CHECK(decoded(encoded(all)) == all);
    CHECK(encoded("a b/c@d~") == "a%20b%2Fc%40d~");
    CHECK(decoded("a+b") == "a+b");
    CHECK(decoded("a+b", true) == "a b");
    for (const auto* wrong : {"%", "%4", "%4g", "%-1", "a%"}) {
        CAPTURE(wrong);
        CHECK_FALSE(decoded(wrong));
    }
}

TEST_CASE("a query is names and values in their order", "[admin][query]") {
    CHECK(query_of("/path") == query());
    CHECK(query_of("/path?") == query());
    CHECK(query_of("/p?a=1&b=%3D&a&&c==") == query{{"a", "1"}, {"b", "="}, {"a", ""}, {"c", "="}});
    CHECK_FALSE(query_of("/p?a=%2"));
    CHECK_FALSE(query_of("/p?%2=a"));
}
