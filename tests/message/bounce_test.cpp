#include "relay/message/bounce.hpp"

#include "relay/base/text.hpp"
#include "relay/message/ascii_text.hpp"
#include "tests/support/catch.hpp"

using namespace kurir;
using Catch::Matchers::ContainsSubstring;

namespace {

const std::string header =
    "Received: from app by relay; Mon, 23 Nov 2026 05:00:00 +0000\r\n"
    "Subject: hello\r\n\r\n";

queue::envelope envelope_of(const std::string& text) {
    queue::envelope mail;
    mail.id = queue::message_id(77);
    mail.reverse_path = "sender@example.org";
    mail.recipients = {{"one@example.net"}, {"two@example.net"}};
    mail.size = text.size();
    mail.header_size = static_cast<std::uint32_t>(text.find("\r\n\r\n") + 4);
    mail.chunks = 1;
    return mail;
}

message::bounce_request request_for(const queue::envelope& mail, const std::string& text) {
    return {
        .reporting_mta = "relay.example.org",
        .contact = "postmaster@example.org",
        .original = mail,
        .original_text = text,
        .full_size_max = 1000,
        .now = {},
        .id = queue::message_id(78),
        .failed =
            {{.recipient = "one@example.net",
              .status = {5, 1, 1},
              .diagnostic = "550 5.1.1 no such user",
              .remote = "mx.example.net",
              .said_by_remote = true}},
    };
}

}  // namespace

TEST_CASE("Q011 a bounce has words, fields and the original", "[message][bounce]") {
    const auto text = header + "body\r\n";
    const auto mail = envelope_of(text);

    const auto bounce = message::compose_bounce(request_for(mail, text));

    CHECK_THAT(bounce.text, ContainsSubstring("multipart/report; report-type=delivery-status"));
    CHECK_THAT(bounce.text, ContainsSubstring("\r\nAuto-Submitted: auto-replied\r\n"));
    CHECK_THAT(bounce.text, ContainsSubstring("\r\nTo: <sender@example.org>\r\n"));
    CHECK_THAT(bounce.text, ContainsSubstring("The server mx.example.net said:\r\n"));
    CHECK_THAT(bounce.text, ContainsSubstring("Content-Type: message/delivery-status\r\n"));
    CHECK_THAT(bounce.text, ContainsSubstring("Content-Type: message/rfc822\r\n"));
    CHECK_THAT(bounce.text, ContainsSubstring("\r\n\r\n" + text));
    CHECK_FALSE(bounce.needs.eight_bit);
    CHECK(bounce.text.substr(0, bounce.header_size).ends_with("\r\n\r\n"));
}

TEST_CASE("Q012 every failed recipient has a group of fields", "[message][bounce]") {
    const auto text = header + "body\r\n";
    const auto mail = envelope_of(text);
    auto request = request_for(mail, text);
    request.failed.push_back(
        {.recipient = "two@example.net",
         .status = {4, 4, 7},
         .diagnostic = "Connection refused",
         .remote = "",
         .expired = true}
    );

    const auto bounce = message::compose_bounce(request);

    CHECK_THAT(bounce.text, ContainsSubstring("\r\nReporting-MTA: dns; relay.example.org\r\n"));
    CHECK_THAT(
        bounce.text,
        ContainsSubstring("\r\n\r\nFinal-Recipient: rfc822; one@example.net\r\nAction: failed\r\n"
                          "Status: 5.1.1\r\nRemote-MTA: dns; mx.example.net\r\n"
                          "Diagnostic-Code: smtp; 550 5.1.1 no such user\r\n")
    );
    CHECK_THAT(
        bounce.text,
        ContainsSubstring("\r\n\r\nFinal-Recipient: rfc822; two@example.net\r\nAction: failed\r\n"
                          "Status: 4.4.7\r\nDiagnostic-Code: x-kurir; Connection refused\r\n")
    );
}

TEST_CASE("a large original comes back as its header", "[message][bounce]") {
    const auto text = header + std::string(2000, 'x') + "\r\n";
    const auto mail = envelope_of(text);
    const auto bounce = message::compose_bounce(request_for(mail, text));
    CHECK_THAT(bounce.text, ContainsSubstring("Content-Type: text/rfc822-headers"));
    CHECK(bounce.text.find("xxxx") == std::string::npos);
}

TEST_CASE("Q016 the bounce of 8-bit mail is ASCII", "[message][bounce]") {
    const std::string text = "Subject: gr\xc3\xbc\xc3\x9f Gott\r\n\r\nB\xc3\xa4r\r\n";
    auto mail = envelope_of(text);
    mail.needs.eight_bit = true;
    auto request = request_for(mail, text);
    request.failed.front().recipient = "j\xc3\xbcrgen@example.net";

    const auto bounce = message::compose_bounce(request);

    CHECK(!base::has_high(bounce.text));
    CHECK_FALSE(bounce.needs.eight_bit);
    CHECK_FALSE(bounce.needs.smtputf8);
    CHECK_THAT(bounce.text, ContainsSubstring("Final-Recipient: utf-8; j\\x{FC}rgen@example.net"));
    CHECK_THAT(bounce.text, ContainsSubstring("Subject: gr=C3=BC=C3=9F Gott\r\n"));
}

TEST_CASE("Q016 a sender with a UTF-8 address gets a global report", "[message][bounce]") {
    const auto text = header + "body\r\n";
    auto mail = envelope_of(text);
    mail.reverse_path = "j\xc3\xbcrgen@example.org";

    const auto bounce = message::compose_bounce(request_for(mail, text));

    CHECK(bounce.needs.smtputf8);
    CHECK_THAT(bounce.text, ContainsSubstring("report-type=global-delivery-status"));
    CHECK_THAT(bounce.text, ContainsSubstring("Content-Type: message/global\r\n"));
}

TEST_CASE("the boundary does not occur in what it bounds", "[message][bounce]") {
    const auto guessed = "--=_" + queue::message_id(78).text() + "_0";
    const auto text = header + guessed + "\r\n";
    const auto mail = envelope_of(text);
    const auto bounce = message::compose_bounce(request_for(mail, text));
    CHECK_THAT(
        bounce.text, ContainsSubstring("boundary=\"=_" + queue::message_id(78).text() + "_1\"")
    );
}

TEST_CASE("an envelope cannot write header lines of its own", "[message][bounce]") {
    const auto text = header + "body\r\n";
    const auto mail = envelope_of(text);
    auto request = request_for(mail, text);
    request.failed.front().recipient = "a\r\nBcc: x@example.com";
    const auto bounce = message::compose_bounce(request);
    CHECK(bounce.text.find("\nBcc:") == std::string::npos);
}

namespace {

// What a strict server takes: lines of at most 998 bytes that end in CRLF, no NUL.
void check_lines(const std::string& text) {
    CHECK(message::longest_line(text) <= 998);
    CHECK(text.find('\0') == std::string::npos);
    for (std::size_t at = text.find('\n'); at != std::string::npos; at = text.find('\n', at + 1))
        REQUIRE(text[at - 1] == '\r');
    CHECK(text.ends_with("\r\n"));
}

}  // namespace

TEST_CASE("D3 a message with a long line comes back as its header", "[message][bounce]") {
    for (const std::size_t length : {998U, 999U, 1003U, 40'000U}) {
        CAPTURE(length);
        const auto text = header + std::string(length, 'x') + "\r\nend\r\n";
        const auto mail = envelope_of(text);
        auto request = request_for(mail, text);
        request.full_size_max = 50'000;
        const auto bounce = message::compose_bounce(request);
        check_lines(bounce.text);
        CHECK(bounce.needs.longest_line <= 998);
        CHECK(bounce.shortened == (length > 998 ? "long_lines" : ""));
        const bool whole =
            bounce.text.find("Content-Type: message/rfc822\r\n") != std::string::npos;
        CHECK(whole == (length == 998));
        CHECK_THAT(bounce.text, ContainsSubstring("Subject: hello\r\n"));
    }
}

TEST_CASE("D3 a header with a long line comes back as quoted-printable", "[message][bounce]") {
    for (const std::string sender : {"sender@example.org", "j\xc3\xbcrgen@example.org"}) {
        const auto text = "X-SMTPAPI: " + std::string(1000, 'x') + "=\r\n" + header + "body\r\n";
        auto mail = envelope_of(text);
        mail.reverse_path = sender;
        auto request = request_for(mail, text);
        request.full_size_max = 50'000;
        const auto bounce = message::compose_bounce(request);
        check_lines(bounce.text);
        CHECK_THAT(
            bounce.text, ContainsSubstring("Content-Transfer-Encoding: quoted-printable\r\n\r\n")
        );
        CHECK_THAT(bounce.text, ContainsSubstring("xxx=3D\r\n"));
        CHECK(bounce.text.find("\r\nbody\r\n") == std::string::npos);
        CHECK(bounce.shortened == "long_lines");
    }
}

TEST_CASE(
    "D3 a header that is larger than a chunk comes back as far as it is there", "[message][bounce]"
) {
    const auto first =
        header.substr(0, header.size() - 2) + "X: " + std::string(900, 'x') + "\r\nY: cut h";
    auto mail = envelope_of(header);
    mail.header_size = 500'000;
    mail.size = 600'000;
    mail.chunks = 3;
    const auto bounce = message::compose_bounce(request_for(mail, first));
    check_lines(bounce.text);
    CHECK_THAT(bounce.text, ContainsSubstring("xxx\r\n\r\n--="));
    CHECK(bounce.text.find("Y: cut") == std::string::npos);
    CHECK(bounce.shortened == "header_size");

    std::string long_one = "Received: x\r\n";
    while (long_one.size() < 200'000)
        long_one += "X-Field: value\r\n";
    mail.header_size = static_cast<std::uint32_t>(long_one.size());
    const auto bounded = message::compose_bounce(request_for(mail, long_one));
    check_lines(bounded.text);
    CHECK(bounded.text.size() < 70'000);
    CHECK(bounded.shortened == "header_size");
}

TEST_CASE("D3 addresses and replies of any length fit lines", "[message][bounce]") {
    for (const std::string unit : {"x", "x.", "\xc3\xbc", "\xf0\x9f\x93\xae"}) {
        std::string address;
        while (address.size() < 2000)
            address += unit;
        address += "@example.net";
        for (const std::string& sender : {std::string("sender@example.org"), address}) {
            const auto text = header + "body\r\n";
            auto mail = envelope_of(text);
            mail.reverse_path = sender;
            auto request = request_for(mail, text);
            request.failed.front().recipient = address;
            request.failed.front().diagnostic = "550 " + std::string(508, 'x');
            request.failed.front().remote = std::string(255, 'h');
            check_lines(message::compose_bounce(request).text);
        }
    }
}

TEST_CASE("R9 what no server said is not called a reply of SMTP", "[message][bounce]") {
    const auto text = header + "body\r\n";
    const auto mail = envelope_of(text);
    auto request = request_for(mail, text);
    request.failed.front().said_by_remote = false;
    request.failed.front().diagnostic = "Connection refused";
    const auto own = message::compose_bounce(request).text;
    CHECK_THAT(own, ContainsSubstring("Diagnostic-Code: x-kurir; Connection refused\r\n"));
    CHECK(own.find("Remote-MTA") == std::string::npos);
    CHECK(own.find(" said:") == std::string::npos);
    CHECK_THAT(own, ContainsSubstring("mx.example.net"));  // in the words for the sender

    request.failed.front().said_by_remote = true;
    const auto theirs = message::compose_bounce(request).text;
    CHECK_THAT(theirs, ContainsSubstring("Diagnostic-Code: smtp; Connection refused\r\n"));
    CHECK_THAT(theirs, ContainsSubstring("Remote-MTA: dns; mx.example.net\r\n"));
    CHECK_THAT(theirs, ContainsSubstring("The server mx.example.net said:\r\n"));
}

TEST_CASE("quoted-printable keeps lines short and line ends as they are", "[message]") {
    const auto coded = message::quoted_printable(std::string(80, 'x') + "=\r\nend \r\n");
    CHECK(coded == std::string(75, 'x') + "=\r\nxxxxx=3D\r\nend=20\r\n");
}
