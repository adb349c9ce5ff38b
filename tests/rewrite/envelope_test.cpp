// Envelopes: who the sender and the recipients are in the end.
#include "relay/rewrite/envelope.hpp"

#include "relay/rewrite/verp.hpp"
#include "tests/rewrite/rewriting.hpp"

using namespace kurir;
using namespace kurir::tests;

TEST_CASE("the reverse-path follows the same rules as From", "[rewrite][envelope]") {
    auto config = with_senders("app@web1.example.com -> a@sub.example.com", "example.com");
    const auto sender = [&](std::string_view text) {
        return rewrite::change_envelope(config, submission_from(text)).reverse_path.text();
    };
    CHECK(sender("app@web1.example.com") == "a@example.com");
    CHECK(sender("b@deep.web1.example.com") == "b@example.com");
    CHECK(sender("b@example.com") == "b@example.com");
    CHECK(sender("b@badexample.com") == "b@badexample.com");
    CHECK(sender("").empty());
    read_into(config.force_from, "noreply@example.com");
    CHECK(sender("b@web1.example.com") == "noreply@example.com");
    CHECK(sender("").empty());  // a bounce stays one
}

TEST_CASE("recipients are mapped one by one, and copies are not", "[rewrite][envelope]") {
    auto config = with_senders("");
    REQUIRE_FALSE(config::address_map::read_recipients(
        "jane@example.org -> 251 j@example.net; @archive.example -> @other.example",
        config.recipient_map
    ));
    read_into(config.always_bcc, "all@archive.example; user=nobody x@y.example");
    auto message = submission_from();
    message.recipients.push_back(mailbox("bob@example.org"));
    const auto changed = rewrite::change_envelope(config, message);
    CHECK(changed.recipients == std::vector{mailbox("j@example.net"), mailbox("bob@example.org")});
    CHECK(changed.copies == std::vector{mailbox("all@archive.example")});
}

TEST_CASE("a reverse-path names its recipient", "[rewrite][verp]") {
    using rewrite::verp_path;
    CHECK(verp_path("news@example.com", "jane@example.org") == "news+jane=example.org@example.com");
    CHECK(
        verp_path("news@example.com", "a+b=c@example.org") == "news+a+b=c=example.org@example.com"
    );
    CHECK_FALSE(verp_path("", "jane@example.org"));
    const std::string domain = std::string(50, 'd') + ".example";
    CHECK(verp_path("n@example.com", "jan@" + domain));  // a local-part of 64 octets
    CHECK_FALSE(verp_path("n@example.com", "jane@" + domain));
    CHECK_FALSE(verp_path("news@example.com", "\"a b\"@example.org"));
    CHECK_FALSE(verp_path("\"n n\"@example.com", "jane@example.org"));
    CHECK_FALSE(verp_path("news@example.com", "jane@[192.0.2.1]"));
    CHECK(rewrite::has_verp({"@example.com"}, "News@Example.com"));
    CHECK_FALSE(rewrite::has_verp({"@example.com"}, ""));
    CHECK_FALSE(rewrite::has_verp({"@example.com"}, "a@example.org"));
}
