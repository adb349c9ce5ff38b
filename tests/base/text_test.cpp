#include "relay/base/text.hpp"

#include <cctype>
#include <cstdint>
#include <limits>
#include <string>

#include "tests/support/catch.hpp"

using namespace kurir::base;

TEST_CASE("characters are classified as in the C locale, whatever the byte", "[base][text]") {
    for (int value = 0; value < 256; ++value) {
        CAPTURE(value);
        const char c = static_cast<char>(value);
        const bool ascii = value < 128;

        CHECK(is_digit(c) == (ascii && std::isdigit(value) != 0));
        CHECK(is_letter(c) == (ascii && std::isalpha(value) != 0));
        CHECK(is_alphanumeric(c) == (ascii && std::isalnum(value) != 0));
        CHECK(is_blank(c) == (ascii && std::isblank(value) != 0));
        CHECK(is_space(c) == (ascii && std::isspace(value) != 0));
        CHECK(is_high(c) == !ascii);
        CHECK(upper(c) == (ascii ? static_cast<char>(std::toupper(value)) : c));
        CHECK(lower(c) == (ascii ? static_cast<char>(std::tolower(value)) : c));
    }
}

TEST_CASE("only the case of ASCII letters is ignored", "[base][text]") {
    CHECK(equal_ignoring_case("Example.ORG", "eXAMPLE.org"));
    CHECK(equal_ignoring_case("", ""));
    CHECK_FALSE(equal_ignoring_case("example", "example."));
    CHECK_FALSE(equal_ignoring_case("[", "{"));  // 0x20 apart, as letters are
    CHECK_FALSE(equal_ignoring_case("\xc3\x84", "\xc3\xa4"));

    CHECK(starts_ignoring_case("FROM:<a@b>", "from:"));
    CHECK(starts_ignoring_case("any", ""));
    CHECK_FALSE(starts_ignoring_case("FRO", "from:"));

    CHECK(uppered("[a-z] \xc3\xa4@") == "[A-Z] \xc3\xa4@");
    CHECK(lowered("[A-Z] \xc3\x84@") == "[a-z] \xc3\x84@");
}

TEST_CASE("a text has a high byte wherever it is", "[base][text]") {
    CHECK_FALSE(has_high(""));
    CHECK_FALSE(has_high("\x7f~"));
    CHECK(has_high("\x80"));
    CHECK(has_high("ascii\xff"));
}

TEST_CASE("what is unwanted is trimmed at the ends only", "[base][text]") {
    CHECK(trimmed(" \t a b\t ") == "a b");
    CHECK(trimmed_front(" \t a b\t ") == "a b\t ");
    CHECK(trimmed_back(" \t a b\t ") == " \t a b");
    CHECK(trimmed("a\r\n") == "a\r\n");
    CHECK(trimmed("\r a\r\n", " \r\n") == "a");
    CHECK(trimmed("\r a\r\n", white_space) == "a");
    CHECK(trimmed("plain") == "plain");
    for (const auto* nothing : {"", " ", "\t \t"}) {
        CHECK(trimmed(nothing).empty());
        CHECK(trimmed_front(nothing).empty());
        CHECK(trimmed_back(nothing).empty());
    }
}

TEST_CASE("a number is all of the text, and fits", "[base][text]") {
    CHECK(parse_number<std::uint16_t>("0") == 0);
    CHECK(parse_number<std::uint16_t>("00025") == 25);
    CHECK(parse_number<std::uint16_t>("65535") == 65535);
    CHECK(
        parse_number<std::uint64_t>("18446744073709551615") ==
        std::numeric_limits<std::uint64_t>::max()
    );
    CHECK(parse_number<std::uint32_t>("fE01", 16) == 0xfe01);

    for (const auto* wrong :
         {"", " ", "65536", "99999999999999999999", "-1", "+1", " 1", "1 ", "1.5", "0x10", "f"}) {
        CAPTURE(wrong);
        CHECK_FALSE(parse_number<std::uint16_t>(wrong));
    }
    CHECK_FALSE(parse_number<std::uint32_t>("0xfe", 16));
}

TEST_CASE("a star of a pattern stands for any text", "[base][text]") {
    CHECK(fits_glob("", ""));
    CHECK(fits_glob("*", ""));
    CHECK(fits_glob("**", "any"));
    CHECK(fits_glob("App@Shop.test", "app@shop.TEST"));
    CHECK(fits_glob("*@shop.test", "a@b@shop.test"));
    CHECK(fits_glob("a*b*c", "axxbyybzzc"));
    CHECK(fits_glob("*ab", "aab"));
    CHECK_FALSE(fits_glob("", "a"));
    CHECK_FALSE(fits_glob("a", ""));
    CHECK_FALSE(fits_glob("a*b", "a"));
    CHECK_FALSE(fits_glob("*@shop.test", "app@shop.test.evil"));
    CHECK_FALSE(fits_glob("a?c", "abc"));
    // Many stars cost no more than the product of the lengths.
    std::string stars;
    for (int i = 0; i < 200; ++i)
        stars += "a*";
    CHECK_FALSE(fits_glob(stars + "b", std::string(20000, 'a')));
}
