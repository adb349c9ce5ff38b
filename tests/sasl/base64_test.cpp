#include "relay/sasl/base64.hpp"

#include <string>

#include "tests/support/catch.hpp"

using namespace kurir::sasl;

TEST_CASE("base64: the examples of RFC 4648", "[sasl]") {
    const auto [bytes, text] = GENERATE(table<std::string, std::string>({
        {"", ""},
        {"f", "Zg=="},
        {"fo", "Zm8="},
        {"foo", "Zm9v"},
        {"foob", "Zm9vYg=="},
        {"fooba", "Zm9vYmE="},
        {"foobar", "Zm9vYmFy"},
    }));
    CHECK(encode_base64(bytes) == text);
    CHECK(decode_base64(text) == bytes);
}

TEST_CASE("base64: every byte comes back, at every length", "[sasl]") {
    std::string bytes;
    for (int i = 0; i < 256; ++i) {
        bytes += static_cast<char>(255 - i);
        CAPTURE(i);
        CHECK(decode_base64(encode_base64(bytes)) == bytes);
    }
}

TEST_CASE("base64: what is not exactly it is refused", "[sasl]") {
    const std::string text = GENERATE(
        "Z",         // no whole group
        "Zg",        // without padding
        "Zg=",       // half of it
        "Zg===",     // more
        "Z===",      // a digit alone
        "====",      // nothing but padding
        "=Zg=",      // in front
        "Zg==Zg==",  // in the middle
        "Zh==",      // bits that mean nothing
        "Zm9=",      // the same, of two bytes
        "Zm9v\n",
        "Zm 9v",
        " Zm9v",
        "Zm9v====",
        "Zm-_",  // the alphabet of URLs
        "Zm9\xc3"
    );
    CAPTURE(text);
    CHECK_FALSE(decode_base64(text));
    CHECK_FALSE(decode_base64(std::string("Zm9v\0\0\0\0", 8)));
}
