// KURIR_FORCE_FROM: one From with one address, whatever there was.
#include "tests/rewrite/rewriting.hpp"

using namespace kurir;
using namespace kurir::tests;

namespace {

const auto forced = with_from("noreply@example.com");
const auto named = with_from("Example, Inc. <noreply@example.com>");

}  // namespace

TEST_CASE("the only sender gets another address and keeps its name", "[rewrite][from]") {
    CHECK(
        changed(forced, "From: \"Jane D\"\r\n <jane@web1.example.com> (x)\r\n\r\n") ==
        "From: \"Jane D\"\r\n <noreply@example.com> (x)\r\n\r\n"
    );
    CHECK(
        changed(forced, "From: noreply@example.com\r\n\r\n") == "From: noreply@example.com\r\n\r\n"
    );
}

TEST_CASE("anything else is replaced", "[rewrite][from]") {
    const auto text = GENERATE(
        as<std::string>(),
        "From: a@b.example, c@d.example\r\n",
        "From:\r\n",
        "From: root\r\n",
        "From: <>\r\n",
        "From: a@b.example\r\nFrom: c@d.example\r\n",
        "From: a b@c.example d\r\n",
        "From: x@y.example <a@b.example>\r\n"
    );
    CAPTURE(text);
    CHECK(
        changed(forced, text + "Subject: x\r\n\r\n") ==
        "From: noreply@example.com\r\nSubject: x\r\n\r\n"
    );
}

TEST_CASE("a message without From gets one", "[rewrite][from]") {
    CHECK(
        changed(forced, "Subject: x\r\n\r\n") == "Subject: x\r\nFrom: noreply@example.com\r\n\r\n"
    );
}

TEST_CASE("a Sender would name another one", "[rewrite][from]") {
    CHECK(
        changed(forced, "Sender: a@b.example\r\nFrom: a@b.example\r\n\r\n") ==
        "From: noreply@example.com\r\n\r\n"
    );
}

TEST_CASE("a name of the rule replaces the one there was", "[rewrite][from]") {
    CHECK(
        changed(named, "From: Jane <jane@b.example>\r\n\r\n") ==
        "From: \"Example, Inc.\" <noreply@example.com>\r\n\r\n"
    );
}

TEST_CASE("the first rule whose conditions hold decides", "[rewrite][from]") {
    const auto rules = with_from(
        "user=shop keep; from=@news.example News <news@example.com>; user=billing b@example.com"
    );
    const std::string text = "From: a@b.example\r\n\r\n";
    CHECK(changed(rules, text) == "From: b@example.com\r\n\r\n");
    CHECK(
        changed(rules, text, submission_from("x@news.example")) ==
        "From: News <news@example.com>\r\n\r\n"
    );
    auto shop = submission_from("x@news.example");
    shop.credential = "shop";
    CHECK(changed(rules, text, shop) == text);
}
