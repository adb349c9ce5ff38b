#include "relay/config/admin_access.hpp"

#include <string>

#include "tests/support/catch.hpp"

using namespace kurir::config;

TEST_CASE("KURIR_ADMIN has a token, a host and a port", "[config][admin]") {
    admin_url read;
    REQUIRE_FALSE(read_admin_url("https://secret@relay.example:8443", read));
    CHECK(read.base == "https://relay.example:8443");
    CHECK(read.token == "secret");
    REQUIRE_FALSE(read_admin_url("https://secret@relay.example/", read));
    CHECK(read.base == "https://relay.example:9926");
    REQUIRE_FALSE(read_admin_url("https://secret@[2001:db8::1]", read));
    CHECK(read.base == "https://[2001:db8::1]:9926");
    REQUIRE_FALSE(read_admin_url("https://secret@[2001:db8::1]:99", read));
    CHECK(read.base == "https://[2001:db8::1]:99");
}

TEST_CASE("a token goes in clear to this machine only", "[config][admin]") {
    admin_url read;
    for (const auto* host : {"127.0.0.1", "[::1]", "localhost", "127.9.9.9"})
        CHECK_FALSE(read_admin_url("http://t@" + std::string(host) + ":1", read));
    for (const auto* host : {"192.0.2.1", "relay", "localhost.example"})
        CHECK(read_admin_url("http://t@" + std::string(host) + ":1", read));
}

TEST_CASE("what is no URL with a token is refused without its token", "[config][admin]") {
    const auto text = GENERATE(
        "relay.example:1",
        "https://relay.example:1",
        "https://@relay.example:1",
        "https://sesame@",
        "https://sesame@relay/path",
        "https://sesame@relay?query",
        "ftp://sesame@relay",
        "https://sesame@relay:99999"
    );
    CAPTURE(text);
    admin_url read;
    const auto wrong = read_admin_url(text, read);
    REQUIRE(wrong);
    CHECK(wrong->find("sesame") == std::string::npos);
}

TEST_CASE("a bad line of tokens is named by its number", "[config][admin]") {
    admin_token_list list;
    const auto good = "ann read " + std::string(32, 'a');
    REQUIRE_FALSE(read_admin_tokens(good + "; bob act " + std::string(32, 'b'), list));
    CHECK(list.tokens.find(std::string(32, 'b')) != nullptr);
    admin_token_list wrong;
    const auto mistake = read_admin_tokens("# tokens\n" + good + "\nbob act short\n", wrong);
    REQUIRE(mistake);
    CHECK(mistake->find("line 3") != std::string::npos);
    CHECK(mistake->find("short") == std::string::npos);
}
