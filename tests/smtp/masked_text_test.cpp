#include "relay/smtp/masked_text.hpp"

#include "tests/support/catch.hpp"

using namespace kurir::smtp;

TEST_CASE("commands are shown, secrets are not", "[smtp][transcript]") {
    CHECK(masked_commands("EHLO a.test\r\n") == "EHLO a.test");
    CHECK(masked_commands("auth plain AGFubgBzZXNhbWU=\r\n") == "auth plain ***");
    CHECK(masked_commands("AUTH LOGIN\r\n") == "AUTH LOGIN");
    CHECK(masked_commands("AUTH\r\n") == "AUTH");
    CHECK(masked_commands("AUTH \r\n") == "AUTH");
    CHECK(masked_commands("AUTH PLAIN\tAGFubgBzZXNhbWU=\r\n") == "AUTH PLAIN ***");
    CHECK(masked_commands("AUTH\tPLAIN AGFubgBzZXNhbWU=\r\n") == "AUTH PLAIN ***");
    CHECK(masked_commands("AUTH  AGFubgBzZXNhbWU=\r\n") == "AUTH ***");
    CHECK(masked_commands("AUTH AGFubgBzZXNhbWVvcGVubm93\r\n") == "AUTH ***");
    CHECK(masked_commands("c2VzYW1l\r\n") == "(8 bytes that are no command)");
    CHECK(masked_commands("sesame open\r\n") == "(11 bytes that are no command)");
    CHECK(
        masked_commands("MAIL FROM:<a@b.test>\r\nRCPT TO:<c@d.test>\r\n") ==
        "MAIL FROM:<a@b.test>\nRCPT TO:<c@d.test>"
    );
    CHECK(masked_commands("NOOP \x1b[2J\x07\r\n") == "NOOP ?[2J?");
    CHECK(masked_commands("").empty());
}

TEST_CASE("replies are shown, challenges are not", "[smtp][transcript]") {
    CHECK(masked_replies("250-a\r\n250 b\r\n") == "250-a\n250 b");
    CHECK(masked_replies("334 cj1mb28=\r\n") == "334 ***");
    CHECK(masked_replies("220 \x1b[0m\r\n") == "220 ?[0m");
}
