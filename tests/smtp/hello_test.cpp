#include "relay/smtp/hello.hpp"

#include "relay/base/utf8.hpp"
#include "tests/support/catch.hpp"

using namespace kurir::smtp;

TEST_CASE("A6 a name in EHLO is printable and not too long", "[smtp]") {
    CHECK(hello_name("my printer") == "my printer");
    CHECK(hello_name("a\tb") == "a?b");
    CHECK(hello_name(std::string(300, 'x')) == std::string(255, 'x'));
    std::string letters;
    while (letters.size() < 300)
        letters += "\xc3\xbc";
    CHECK(hello_name(letters).size() == 254);
    CHECK(kurir::base::is_utf8(hello_name(letters)));
    CHECK(hello_name("M\xdcLLER-PC") == "M\xdcLLER-PC");  // Latin-1: the log escapes it
}

TEST_CASE("A6 any name stands in Received in a form that is valid", "[smtp]") {
    const auto shown = [](std::string_view hello) { return received_from(hello, "[192.0.2.1]"); };
    CHECK(shown("mail.example.org") == "mail.example.org ([192.0.2.1])");
    CHECK(shown("my_host") == "my_host ([192.0.2.1])");
    CHECK(shown("[10.0.0.1]") == "[10.0.0.1] ([192.0.2.1])");
    CHECK(shown("[::1]") == "[IPv6:::1] ([192.0.2.1])");
    CHECK(shown("my printer") == "[192.0.2.1] (HELO my printer)");
    CHECK(shown("fe80::1") == "[192.0.2.1] (HELO fe80::1)");
    CHECK(shown("[fe80::1%eth0]") == "[192.0.2.1] (HELO [fe80::1%eth0])");
    CHECK(shown("(none)") == "[192.0.2.1] (HELO \\(none\\))");
    CHECK(shown("a)\\ evil.example (b") == "[192.0.2.1] (HELO a\\)\\\\ evil.example \\(b)");
    CHECK(shown("cabinet-.domain") == "[192.0.2.1] (HELO cabinet-.domain)");
    CHECK(shown("M\xc3\x9cLLER-PC") == "[192.0.2.1] (HELO M??LLER-PC)");
}
