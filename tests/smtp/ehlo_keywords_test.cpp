#include "relay/smtp/ehlo_keywords.hpp"

#include "tests/support/catch.hpp"

using namespace kurir::smtp;

TEST_CASE("What EHLO offers, each keyword in a line of its own", "[smtp]") {
    server_settings settings;
    settings.message_size_max = 25'000'000;
    for (const bool may_relay : {false, true}) {
        std::vector<std::string> lines = {"relay.test"};
        append_ehlo_keywords({settings, {.may_relay = may_relay}}, lines);
        const std::vector<std::string> expected = {
            "relay.test",
            "PIPELINING",
            "SIZE 25000000",
            "8BITMIME",
            "SMTPUTF8",
            "ENHANCEDSTATUSCODES",
            "CHUNKING",
        };
        CHECK(lines == expected);

        lines.clear();
        append_ehlo_keywords({settings, {.may_relay = may_relay}, true}, lines);
        CHECK(lines.back() == "STARTTLS");
        CHECK(lines.size() == expected.size());
    }
}
