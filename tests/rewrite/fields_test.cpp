// KURIR_HEADERS and KURIR_HIDE_CLIENT: fields that are added, set, removed and replaced.
#include "relay/rewrite/field_rules.hpp"
#include "tests/rewrite/rewriting.hpp"

using namespace kurir;
using namespace kurir::tests;

TEST_CASE("a field is added unless there is one", "[rewrite][fields]") {
    const auto rules = with_headers("add X-A: 1");
    CHECK(changed(rules, "Subject: x\r\n\r\n") == "Subject: x\r\nX-A: 1\r\n\r\n");
    CHECK(changed(rules, "x-a: 2\r\n\r\n") == "x-a: 2\r\n\r\n");
    CHECK(changed(rules, "Subject: no end\r\n") == "Subject: no end\r\nX-A: 1\r\n");
}

TEST_CASE("a field is set in place of all of its name", "[rewrite][fields]") {
    const auto rules = with_headers("set X-A: 1");
    CHECK(
        changed(rules, "X-A: 2\r\n more\r\nSubject: x\r\nx-a: 3\r\n\r\n") ==
        "X-A: 1\r\nSubject: x\r\n\r\n"
    );
    CHECK(changed(rules, "Subject: x\r\n\r\n") == "Subject: x\r\nX-A: 1\r\n\r\n");
}

TEST_CASE(
    "a field is removed with its continuations, by name or by its begin", "[rewrite][fields]"
) {
    const auto rules = with_headers("remove X-Internal-*\nremove X-Mailer");
    CHECK(
        changed(
            rules,
            "X-Internal-Host: a\r\n\tb\r\nSubject: x\r\nX-MAILER : y\r\n"
            "X-Internals: z\r\nx-internal-: 1\r\n\r\n"
        ) == "Subject: x\r\nX-Internals: z\r\n\r\n"
    );
}

TEST_CASE("a field is prepended, and rules count in their order", "[rewrite][fields]") {
    CHECK(
        changed(with_headers("prepend X-A: 1\nprepend X-A: 2"), "X-A: 0\r\n\r\n") ==
        "X-A: 2\r\nX-A: 1\r\nX-A: 0\r\n\r\n"
    );
    CHECK(
        changed(with_headers("add X-A: 1\nremove X-A\nadd X-B: {{x}"), "S: x\r\n\r\n") ==
        "S: x\r\nX-B: {x}\r\n\r\n"
    );
    CHECK(
        changed(with_headers("remove X-A\nadd X-A: 1"), "X-A: 0\r\nS: x\r\n\r\n") ==
        "S: x\r\nX-A: 1\r\n\r\n"
    );
}

TEST_CASE("placeholders are encoded as in a URL", "[rewrite][fields]") {
    const auto rules = with_headers(
        "add List-Unsubscribe: <https://x.example/u?a={recipient}>\n"
        "add List-Unsubscribe-Post: List-Unsubscribe=One-Click\n"
        "add Feedback-ID: {queue_id}:{user}:{sender_domain}:{sender}"
    );
    CHECK(
        changed(rules, "S: x\r\n\r\n") ==
        "S: x\r\n"
        "List-Unsubscribe: <https://x.example/u?a=jane%40example.org>\r\n"
        "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
        "Feedback-ID: K1:billing:web1.example.com:app%40web1.example.com\r\n\r\n"
    );
    auto several = submission_from("");
    several.recipients.push_back(mailbox("bob@example.org"));
    CHECK(
        changed(rules, "S: x\r\n\r\n", several) ==
        "S: x\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
        "Feedback-ID: K1:billing::\r\n\r\n"
    );
    CHECK(rewrite::percent_encoded("a\"b\r\n\xc3\xbc~") == "a%22b%0D%0A%C3%BC~");
}

TEST_CASE("rules with conditions count for some mail", "[rewrite][fields]") {
    const auto rules = with_headers("user=other add X-A: 1\nfrom=@web1.example.com add X-B: 1");
    CHECK(changed(rules, "S: x\r\n\r\n") == "S: x\r\nX-B: 1\r\n\r\n");
}

TEST_CASE("rules count for the clients of a network", "[rewrite][fields]") {
    const auto rules = with_headers("client=10.20.0.0/16,2001:db8::/32 add X-A: 1");
    auto message = submission_from();
    const auto is_added = [&](const char* client) {
        message.client = boost::asio::ip::make_address(client);
        return changed(rules, "S: x\r\n\r\n", message) != "S: x\r\n\r\n";
    };
    CHECK(is_added("10.20.0.7"));
    CHECK(is_added("2001:db8::7"));
    CHECK_FALSE(is_added("10.21.0.7"));
    CHECK(changed(rules, "S: x\r\n\r\n") == "S: x\r\n\r\n");
}

TEST_CASE("a hidden trace keeps its number and its dates", "[rewrite][fields]") {
    auto config = with_senders("");
    config.hide_client = true;
    CHECK(
        changed(
            config,
            "Received: from web1.corp.internal ([10.0.0.7]) by hub.corp.internal\r\n"
            "\tid 7; Fri, 27 Nov 2026 09:00:00 +0100 (CET corp.internal)\r\n"
            "received: without a date; but inner.example\r\n"
            "Subject: x\r\n\r\n"
        ) ==
        "Received: by relay.example (Kurir);\r\n\tFri, 27 Nov 2026 09:00:00 +0100\r\n"
        "Received: by relay.example (Kurir);\r\n\tFri, 27 Nov 2026 10:00:00 +0000\r\n"
        "Subject: x\r\n\r\n"
    );
}
