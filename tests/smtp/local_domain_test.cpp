#include "relay/smtp/local_domain.hpp"

#include "tests/support/catch.hpp"

using namespace kurir::smtp;

TEST_CASE("A11 senders and recipients without a full domain are completed", "[smtp]") {
    using enum address_role;
    const auto of_sender = [](std::string_view domain) {
        return full_domain(domain, "Example.org", sender);
    };
    const auto of_recipient = [](std::string_view domain) {
        return full_domain(domain, "Example.org", recipient);
    };
    for (const auto* domain : {"", "localhost", "LOCALHOST", "localhost.localdomain"}) {
        CAPTURE(domain);
        CHECK(of_sender(domain) == "example.org");
        CHECK(of_recipient(domain) == "example.org");
    }
    CHECK(of_sender("3f2a1b4c5d6e") == "example.org");
    CHECK(of_sender("web1.localdomain") == "example.org");
    CHECK(of_recipient("files") == "files.example.org");
    CHECK(of_recipient("Files.localdomain") == "files.example.org");
}

TEST_CASE("A11 full domains stay, and without a local domain nothing is guessed", "[smtp]") {
    using enum address_role;
    for (const auto* domain : {"example.net", "[192.0.2.1]", "[IPv6:2001:db8::1]"}) {
        CAPTURE(domain);
        CHECK(is_full_domain(domain));
        CHECK(full_domain(domain, "example.org", sender) == domain);
        CHECK(full_domain(domain, "", recipient) == domain);
    }
    CHECK(full_domain("localhost", "", sender).empty());
    CHECK(full_domain("files", "", recipient).empty());
    CHECK(full_domain("", "", sender).empty());
}
