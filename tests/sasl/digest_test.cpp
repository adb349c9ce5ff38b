#include "relay/sasl/digest.hpp"

#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "relay/sasl/prepare.hpp"
#include "relay/sasl/secret.hpp"
#include "tests/support/catch.hpp"

using namespace kurir::sasl;

namespace {

std::string hex(std::string_view bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (const char c : bytes) {
        text += digits[static_cast<unsigned char>(c) >> 4];
        text += digits[static_cast<unsigned char>(c) & 15];
    }
    return text;
}

constexpr std::string_view of_nothing =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
constexpr std::string_view rfc4231_second =
    "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";

}  // namespace

TEST_CASE("hashes are those of their standards", "[sasl]") {
    CHECK(hex(sha256("")) == of_nothing);
    // RFC 4231, case 2 and, with a key longer than a block, case 6.
    CHECK(hex(hmac_sha256("Jefe", "what do ya want for nothing?")) == rfc4231_second);
    CHECK(
        hex(hmac_sha256(
            std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First"
        )) == "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
    );
    // An empty key is a key.
    CHECK(
        hex(hmac_sha256("", "")) ==
        "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"
    );
    // RFC 2202, case 2.
    CHECK(
        hex(hmac_md5("Jefe", "what do ya want for nothing?").value()) ==
        "750c783e6ab0b503eaa86e310a5db738"
    );
    // RFC 7914 section 11, the first half.
    CHECK(
        hex(pbkdf2_sha256("passwd", "salt", 1)) ==
        "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc"
    );
    CHECK(
        hex(pbkdf2_sha256("Password", "NaCl", 80000)) ==
        "4ddcd8f60b98be21830cee5ef22701f9641a4418d04c0414aeff08876b34ab56"
    );
}

TEST_CASE("hashes may be computed by many threads at once", "[sasl]") {
    std::vector<std::string> made(4);
    std::vector<std::thread> threads;
    for (auto& each : made) {
        threads.emplace_back([&each] {
            for (int i = 0; i < 200; ++i) {
                each = hmac_sha256("Jefe", "what do ya want for nothing?");
                (void)pbkdf2_sha256("passwd", "salt", 2);
                (void)hmac_md5("key", "text");
                (void)sha256("text");
            }
        });
    }
    for (auto& thread : threads)
        thread.join();
    for (const auto& each : made)
        CHECK(hex(each) == rfc4231_second);
}

TEST_CASE("random bytes differ from each other", "[sasl]") {
    CHECK(random_bytes(18).size() == 18);
    CHECK(random_bytes(18) != random_bytes(18));
}

TEST_CASE("secrets are equal or not", "[sasl]") {
    CHECK(equal_secrets("", ""));
    CHECK(equal_secrets("abc", "abc"));
    CHECK_FALSE(equal_secrets("abc", "abd"));
    CHECK_FALSE(equal_secrets("abc", "ab"));
}

TEST_CASE("a secret that is wiped is empty, and one that is moved from, too", "[sasl]") {
    std::string text = "pencil";
    const char* address = text.data();  // in the string itself, as it is short
    wipe(text);
    CHECK(text.empty());
    CHECK(std::string_view(address, 6) == std::string_view("\0\0\0\0\0\0", 6));

    secret first("pencil");
    const secret second(std::move(first));
    CHECK(second.text() == "pencil");
    CHECK(first.empty());  // NOLINT(bugprone-use-after-move,clang-analyzer-cplusplus.Move)
    secret third("eraser");
    third = second;
    CHECK(third.text() == "pencil");
}

TEST_CASE("passwords are prepared as RFC 4013 says", "[sasl]") {
    const auto [given, prepared] = GENERATE(table<std::string, std::string>({
        {"user", "user"},
        {"USER", "USER"},
        {"with a space, and =~", "with a space, and =~"},
        {"I\xc2\xadX", "IX"},                      // a soft hyphen goes
        {"\xc2\xaa", "a"},                         // compatibility: the feminine ordinal
        {"\xe2\x85\xa8", "IX"},                    // the Roman numeral
        {"a\xc2\xa0z", "a z"},                     // a space of another kind
        {"u\xcc\x88", "\xc3\xbc"},                 // letter and diaeresis are one
        {"\xd8\xa7\xd8\xa8", "\xd8\xa7\xd8\xa8"},  // right to left
    }));
    CAPTURE(given);
    CHECK(prepare_password(given) == prepared);
}

TEST_CASE("what RFC 4013 forbids can't be prepared", "[sasl]") {
    const std::string given = GENERATE(
        "",
        "\x07",
        "a\x7f",
        "\xd8\xa7"
        "1",             // right to left, with a digit at its end
        "\xc2\xad",      // nothing is left of it
        "\xff",          // not UTF-8
        "\xc3",          // cut off
        "\xed\xa0\x80",  // a surrogate
        "\xef\xbf\xbf"   // no character
    );
    CHECK_FALSE(prepare_password(given));
    CHECK_FALSE(prepare_password(std::string("a\0b", 3)));
    CHECK_FALSE(prepare_password(std::string(password_size_max + 1, 'a')));
    CHECK(prepare_password(std::string(password_size_max, 'a')));
}
