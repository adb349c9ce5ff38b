#include "relay/users/admin_tokens.hpp"

#include <string>

#include "relay/base/hexadecimal.hpp"
#include "relay/sasl/digest.hpp"
#include "tests/support/catch.hpp"

using namespace kurir::users;
using right = admin_right;

namespace {

const std::string long_enough(32, 't');

}  // namespace

TEST_CASE("a token is found, with its name and its rights", "[users][admin]") {
    admin_tokens tokens;
    CHECK(tokens.empty());
    REQUIRE_FALSE(tokens.add("ann  read,act\t" + long_enough));
    const auto* found = tokens.find(long_enough);
    REQUIRE(found != nullptr);
    CHECK(found->name == "ann");
    CHECK(found->may(right::read));
    CHECK(found->may(right::act));
    CHECK_FALSE(found->may(right::submit));
    CHECK(tokens.find(long_enough + "t") == nullptr);
    CHECK(tokens.find("") == nullptr);
}

TEST_CASE("a token may be given by its digest alone", "[users][admin]") {
    admin_tokens tokens;
    const auto digest = kurir::base::in_hexadecimal(kurir::sasl::sha256("any text at all"));
    REQUIRE_FALSE(tokens.add("ann submit sha256:" + digest));
    CHECK(tokens.find("any text at all") != nullptr);
    CHECK(tokens.find(digest) == nullptr);
    CHECK(tokens.find("sha256:" + digest) == nullptr);
}

TEST_CASE("a line that is no token is refused, and no secret is quoted", "[users][admin]") {
    admin_tokens tokens;
    REQUIRE_FALSE(tokens.add("ann read " + long_enough));
    const auto line = GENERATE_COPY(
        std::string("bob"),
        std::string("bob read"),
        "bob read " + std::string(31, 's'),
        "bob read " + std::string(513, 's'),
        "bob read " + std::string(32, '!'),
        "bob read " + std::string(32, 's') + " more",
        "bob write " + std::string(32, 's'),
        "bob read, " + std::string(32, 's'),
        "bob read sha256:" + std::string(63, 'a'),
        "bob read sha256:" + std::string(64, 'g'),
        "ann act " + std::string(32, 's'),
        "bob act " + long_enough
    );
    CAPTURE(line);
    const auto wrong = tokens.add(line);
    REQUIRE(wrong);
    CHECK(wrong->find("sss") == std::string::npos);
    CHECK(wrong->find("ttt") == std::string::npos);
    CHECK(tokens.find(std::string(32, 's')) == nullptr);
}
