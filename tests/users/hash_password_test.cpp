#include "relay/users/hash_password.hpp"

#include <memory>
#include <string>
#include <variant>

#include "relay/users/check.hpp"
#include "relay/users/user_table.hpp"
#include "tests/support/catch.hpp"

using namespace kurir::users;
using namespace std::string_literals;

namespace {

// The secret of a line that is made of it.
stored_secret read_back(const std::string& made) {
    auto read = parse_users("tim:" + made, users_source::variable);
    return std::get<std::shared_ptr<const user_table>>(read)->find("tim")->stored;
}

}  // namespace

TEST_CASE("what is made can be read, and fits its password", "[users]") {
    const auto password = GENERATE("pencil"s, " with spaces "s, "p\xc3\xa4ssw\xc3\xb6rd"s, "$y$"s);
    CAPTURE(password);
    for (const auto make : {hash_by_yescrypt, hash_for_scram}) {
        const auto made = make(password);
        REQUIRE(made);
        CHECK(matches(read_back(*made), password));
        CHECK_FALSE(matches(read_back(*made), password + "x"));
        CHECK(make(password) != made);  // another salt
    }
}

TEST_CASE("what can't be hashed is not", "[users]") {
    CHECK_FALSE(hash_by_yescrypt(""));
    CHECK_FALSE(hash_by_yescrypt("a\0b"s));
    CHECK_FALSE(hash_by_yescrypt(std::string(512, 'a')));
    CHECK(hash_by_yescrypt(std::string(511, 'a')));
    CHECK_FALSE(hash_for_scram(""));
    CHECK_FALSE(hash_for_scram("bell\x07"));
    CHECK_FALSE(hash_for_scram("\xff"));
    // Which crypt(5) takes as they are.
    CHECK(hash_by_yescrypt("\xff"));
}
