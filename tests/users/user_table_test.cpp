// Lines of users: every kind of secret, and every mistake with its line.
#include "relay/users/user_table.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "relay/users/check.hpp"
#include "relay/users/stored_secret.hpp"
#include "tests/support/catch.hpp"
#include "tests/users/made_elsewhere.hpp"

using namespace kurir;
using namespace kurir::users;
using namespace std::string_literals;

namespace {

std::shared_ptr<const user_table> table_of(std::string_view text) {
    auto read = parse_users(text, users_source::file);
    REQUIRE(std::holds_alternative<std::shared_ptr<const user_table>>(read));
    return std::get<std::shared_ptr<const user_table>>(read);
}

std::vector<std::string> mistakes_in(
    std::string_view text, users_source source = users_source::file
) {
    auto read = parse_users(text, source);
    const auto* mistakes = std::get_if<std::vector<std::string>>(&read);
    return mistakes != nullptr ? *mistakes : std::vector<std::string>();
}

const std::string quick = testing::crypt_hashes[4];  // bcrypt with the lowest cost

}  // namespace

TEST_CASE("a hash that another program made fits its password and no other", "[users]") {
    for (const auto& hash : testing::crypt_hashes) {
        CAPTURE(hash);
        const auto table = table_of("tim:" + hash + "\n");
        const auto* tim = table->find("tim");
        REQUIRE(tim != nullptr);
        CHECK(matches(tim->stored, "pencil"));
        CHECK_FALSE(matches(tim->stored, "pencils"));
        CHECK_FALSE(matches(tim->stored, "penci"));
        CHECK_FALSE(matches(tim->stored, ""));
        CHECK_FALSE(matches(tim->stored, std::string(1024, 'p')));
    }
}

TEST_CASE("keys of SCRAM fit the password, in both ways of writing them", "[users]") {
    const auto before = GENERATE("{SCRAM-SHA-256}", "SCRAM-SHA-256$");
    const auto table = table_of("tim:" + (before + testing::scram_keys));
    const auto& stored = table->find("tim")->stored;
    CHECK(matches(stored, "pencil"));
    CHECK(matches(
        stored,
        "pen\xc2\xad"
        "cil"
    ));  // prepared alike
    CHECK_FALSE(matches(stored, "pen"));
    CHECK_FALSE(matches(stored, "\xff"));
    CHECK(std::get<sasl::scram_keys>(stored).iterations == 4096);
    CHECK(table->all_have_keys());
}

TEST_CASE("a password as it is, from a file only", "[users]") {
    const std::string line = "tim:{PLAIN}a pass: word, with $ and #";
    const auto table = table_of(line);
    CHECK(matches(table->find("tim")->stored, "a pass: word, with $ and #"));
    CHECK_FALSE(matches(table->find("tim")->stored, "a pass"));
    CHECK_FALSE(table->all_have_keys());
    CHECK(
        mistakes_in("tim:{PLAIN}secret", users_source::variable) ==
        std::vector<std::string>{"user 1: a password as it is may only be in a file"}
    );
}

TEST_CASE("lines: comments, empty ones, line ends of another system", "[users]") {
    const auto table = table_of("# users\r\n\r\na:" + quick + "\r\n\n#b:x\nb@example.com:" + quick);
    CHECK(table->size() == 2);
    CHECK(table->find("a") != nullptr);
    CHECK(table->find("b@example.com") != nullptr);
    CHECK(table->find("A") == nullptr);
    CHECK(table_of("")->size() == 0);
    CHECK(table_of("")->typical() == nullptr);
    CHECK_FALSE(table_of("")->all_have_keys());
}

TEST_CASE("in a variable, users stand on lines or in a list", "[users]") {
    const auto between = GENERATE("\n"s, ","s, ", "s, " "s, "\n\n"s);
    auto read = parse_users("a:" + quick + between + "b:" + quick, users_source::variable);
    const auto& table = *std::get<std::shared_ptr<const user_table>>(read);
    CHECK(table.size() == 2);
    CHECK(matches(table.find("b")->stored, "pencil"));
}

TEST_CASE("each mistake is told with its line, and nothing of the secret", "[users]") {
    struct row {
        std::string line;
        std::string mistake;
    };
    const auto scram = "{SCRAM-SHA-256}" + testing::scram_keys;
    const auto rows = std::vector<row>{
        {"tim", "this is not name:hash"},
        {":" + quick, "there is no name"},
        {"t im:" + quick, "the name is too long, or has a space or a control character in it"},
        {"t\x01im:" + quick, "the name is too long, or has a space or a control character in it"},
        {"t\xffim:" + quick, "the name is too long, or has a space or a control character in it"},
        {std::string(256, 'a') + ":" + quick,
         "the name is too long, or has a space or a control character in it"},
        {"tim:", "there is no hash"},
        {"tim:sesame", "this is not a hash; make one with kurir hash-password"},
        {"tim:*", "this is not a hash; make one with kurir hash-password"},
        {"tim:$1$salt$hash", "this kind of hash is not known"},
        {"tim:$apr1$salt$hash", "this kind of hash is not known"},
        {"tim:{SSHA}sesame",
         "this kind of hash is not known (in a Compose file, each $ is written $$)"},
        {"tim:j9T$salt$sesame",
         "this kind of hash is not known (in a Compose file, each $ is written $$)"},
        {"tim:{PLAIN}", "the password is empty, too long, or has a NUL in it"},
        {"tim:{PLAIN}" + std::string(1025, 'a'),
         "the password is empty, too long, or has a NUL in it"},
        {"tim:" + scram.substr(0, 40), "this is not iterations:salt$stored:server"},
        {"tim:{SCRAM-SHA-256}sesame", "this is not iterations:salt$stored:server"},
        {"tim:" + scram + "=", "the keys are cut off or damaged"},
        {"tim:{SCRAM-SHA-256}4096:$AAAA:AAAA", "the keys are cut off or damaged"},
        {"tim:{SCRAM-SHA-256}1000" + testing::scram_keys.substr(4),
         "the iterations are not from 4096 to 600000"},
        {"tim:{SCRAM-SHA-256}99999999" + testing::scram_keys.substr(4),
         "the iterations are not from 4096 to 600000"},
    };
    for (const auto& [line, mistake] : rows) {
        CAPTURE(line);
        const auto told = mistakes_in("# users\na:" + quick + "\n" + line + "\nb:" + quick + "\n");
        CHECK(told == std::vector<std::string>{"line 3: " + mistake});
    }
}

TEST_CASE("a hash that is cut off or longer than its kind is a mistake", "[users]") {
    for (const auto& hash : testing::crypt_hashes) {
        CAPTURE(hash);
        // Behind the first '$' a hash may turn into another kind.
        for (std::size_t size = 4; size < hash.size(); ++size) {
            CAPTURE(size);
            CHECK(mistakes_in("tim:" + hash.substr(0, size)).size() == 1);
        }
        CHECK(mistakes_in("tim:" + hash + "A").size() == 1);
        CHECK(mistakes_in("tim:" + hash + " ").size() == 1);
        CHECK(mistakes_in("tim:" + hash + ":::").size() == 1);  // a line of /etc/shadow
    }
}

TEST_CASE("a hash that takes for ever to check is a mistake", "[users]") {
    const auto body = testing::crypt_hashes[2].substr(7);
    const std::string hash = GENERATE_COPY(
        "$2b$16$" + body,
        "$2b$31$" + body,
        "$6$rounds=1000001$" + testing::crypt_hashes[5].substr(3),
        "$6$rounds=999999999$" + testing::crypt_hashes[5].substr(3),
        "$y$jFT$" + testing::crypt_hashes[0].substr(7),
        "$y$jzT$" + testing::crypt_hashes[0].substr(7),
        "$y$j9z$" + testing::crypt_hashes[0].substr(7)
    );
    const auto told = mistakes_in("tim:" + hash);
    REQUIRE(told.size() == 1);
    CHECK_THAT(told[0], Catch::Matchers::ContainsSubstring("would take seconds"));
    CHECK(mistakes_in("tim:$y$j9T1$" + testing::crypt_hashes[0].substr(7)).size() == 1);
    CHECK(mistakes_in("tim:$2b$15$" + body).empty());
}

TEST_CASE("a name may stand once, and all mistakes are told", "[users]") {
    const auto told = mistakes_in("a:" + quick + "\nb\na:" + quick + "\nb:" + quick + "\nc\n");
    CHECK(
        told ==
        std::vector<std::string>{
            "line 2: this is not name:hash",
            "line 3: the name is that of line 1",
            "line 5: this is not name:hash",
        }
    );
}

TEST_CASE("in a list on one line, a mistake is told with the number of its user", "[users]") {
    CHECK(
        mistakes_in("a:" + quick + ", b  c:x,a:" + quick, users_source::variable) ==
        std::vector<std::string>{
            "user 2: this is not name:hash",
            "user 3: this is not a hash; make one with kurir hash-password",
            "user 4: the name is that of user 1",
        }
    );
    CHECK(mistakes_in("a:" + quick + "\nb", users_source::variable)[0].starts_with("line 2: "));
}

TEST_CASE("typical is who costs what most do", "[users]") {
    const auto scram = "{SCRAM-SHA-256}" + testing::scram_keys;
    const auto table = table_of(
        "a:" + scram + "\nb:" + quick + "\nc:" + testing::crypt_hashes[0] + "\nd:" + quick + "\n"
    );
    CHECK(cost_of(table->typical()->stored) == "bcrypt 04");
    CHECK_FALSE(table->all_have_keys());
}

TEST_CASE("what a check costs is its kind and its parameters", "[users]") {
    const auto& hashes = testing::crypt_hashes;
    const auto cost = [](const std::string& hash) { return cost_of(crypt_hash{hash}); };
    CHECK(cost(hashes[0]) == "$y$j9T");
    CHECK(cost(hashes[1]) == "$y$j75");
    CHECK(cost(hashes[2]) == "bcrypt 05");
    CHECK(cost(hashes[3]) == "bcrypt 05");
    CHECK(cost(hashes[5]) == "$6$");
    CHECK(cost(hashes[6]) == "$6$rounds=1000");
    CHECK(cost(hashes[7]) == "$5$");
}
