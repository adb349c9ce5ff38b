#include "relay/users/remembered.hpp"

#include <string>

#include "tests/support/catch.hpp"
#include "tests/users/start.hpp"

using namespace kurir;
using namespace kurir::users;
using namespace std::chrono_literals;
using testing::start;

namespace {

user called(std::string name, std::string hash) {
    auto line = name + ':' + hash;
    return {
        .name = std::move(name), .line = std::move(line), .stored = crypt_hash{std::move(hash)}
    };
}

}  // namespace

TEST_CASE("what is remembered depends on name, line and password", "[users]") {
    const remembered_logins logins;
    const auto tag = logins.tag_of(called("a", "h"), "p");
    CHECK(logins.tag_of(called("a", "h"), "p") == tag);
    CHECK(logins.tag_of(called("b", "h"), "p") != tag);
    CHECK(logins.tag_of(called("a", "i"), "p") != tag);
    CHECK(logins.tag_of(called("a", "h"), "q") != tag);
    // In another process it is another.
    CHECK(remembered_logins().tag_of(called("a", "h"), "p") != tag);
}

TEST_CASE("no more is remembered than there is room for, and the oldest goes first", "[users]") {
    remembered_logins logins;
    for (std::size_t i = 0; i <= remembered_logins::logins_max; ++i)
        logins.remember(std::to_string(i), start);
    CHECK(logins.size() == remembered_logins::logins_max);
    CHECK_FALSE(logins.knows("0", start));
    CHECK(logins.knows("1", start));
    CHECK(logins.knows(std::to_string(remembered_logins::logins_max), start));
    // All at once when their time is over.
    logins.remember("new", start + 5min);
    CHECK(logins.size() == 1);
}

TEST_CASE("asking and repeating make it no longer", "[users]") {
    remembered_logins logins;
    logins.remember("a", start);
    logins.remember("a", start + 4min);
    CHECK(logins.knows("a", start + 299s));
    CHECK_FALSE(logins.knows("a", start + 5min));
}
