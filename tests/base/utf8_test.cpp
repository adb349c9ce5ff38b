#include "relay/base/utf8.hpp"

#include <string>
#include <string_view>

#include "tests/support/catch.hpp"

using namespace kurir::base;
using namespace std::string_view_literals;

namespace {

// As RFC 3629 section 3 has it, for values that UTF-8 can't express as well.
std::string encoded(char32_t point, std::size_t size) {
    if (size == 1) return {static_cast<char>(point)};
    std::string bytes;
    for (std::size_t i = 1; i < size; ++i, point >>= 6U)
        bytes.insert(bytes.begin(), static_cast<char>(0x80U | (point & 0x3fU)));
    const auto mark = (0xff00U >> size) & 0xffU;
    bytes.insert(bytes.begin(), static_cast<char>(mark | point));
    return bytes;
}

std::size_t shortest(char32_t point) {
    return point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
}

}  // namespace

TEST_CASE("a character is read in its shortest form and in no other", "[base][utf8]") {
    const char32_t points[] = {
        0,
        'a',
        0x7f,
        0x80,
        0xe4,
        0x7ff,
        0x800,
        0x20ac,
        0xd7ff,
        0xe000,
        0xffff,
        0x10000,
        0x1f4e8,
        0x10ffff
    };
    for (const auto point : points) {
        for (std::size_t size = shortest(point); size <= 4; ++size) {
            CAPTURE(static_cast<unsigned>(point), size);
            const auto bytes = encoded(point, size);
            const auto first = first_character(bytes + "rest");
            const bool valid = size == shortest(point);

            REQUIRE(first.has_value() == valid);
            CHECK(is_utf8(bytes) == valid);
            if (!valid) continue;
            CHECK(first->code_point == point);
            CHECK(first->size == size);
        }
    }
}

TEST_CASE("surrogates and what is above U+10FFFF are no characters", "[base][utf8]") {
    for (const char32_t point : {0xd800U, 0xdbffU, 0xdc00U, 0xdfffU})
        CHECK_FALSE(is_utf8(encoded(point, 3)));
    for (const char32_t point : {0x110000U, 0x1fffffU})
        CHECK_FALSE(is_utf8(encoded(point, 4)));
}

TEST_CASE("a sequence that is cut, or begins in its middle, is no character", "[base][utf8]") {
    const std::string whole = "\xf0\x9f\x93\xa8";
    for (std::size_t size = 1; size < whole.size(); ++size) {
        CAPTURE(size);
        CHECK_FALSE(first_character(whole.substr(0, size)));
        CHECK_FALSE(first_character(whole.substr(0, size) + "a"));
        CHECK_FALSE(first_character(whole.substr(size)));
        CHECK_FALSE(is_utf8("a" + whole.substr(size)));
    }
    CHECK_FALSE(first_character(""));
    CHECK_FALSE(first_character("\xff"));
}

TEST_CASE("a text is UTF-8 to its end", "[base][utf8]") {
    CHECK(is_utf8(""));
    CHECK(is_utf8("plain\0text"sv));
    CHECK(is_utf8("j\xc3\xbcrgen \xe2\x82\xac"));
    CHECK_FALSE(is_utf8("j\xfcrgen"));
    CHECK_FALSE(is_utf8("j\xc3\xbcrgen \xe2\x82"));
}
