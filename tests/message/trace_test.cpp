#include "relay/message/trace.hpp"

#include "relay/message/ascii_text.hpp"
#include "tests/support/catch.hpp"

using namespace kurir;
using namespace std::chrono_literals;

namespace {

const queue::time_point new_year{
    std::chrono::sys_days{std::chrono::year{2030} / 1 / 1} + 3h + 4min + 5s
};

message::hop plain_hop() {
    message::hop told;
    told.helo = "client.example";
    told.client = "192.0.2.1";
    told.hostname = "relay.example";
    told.protocol = "ESMTP";
    told.id = "0123456789ABC";
    told.at = new_year;
    return told;
}

}  // namespace

TEST_CASE("S046 the Received field has its clauses in order and a date with a zone", "[message]") {
    auto told = plain_hop();
    told.for_recipient = "a@b.example";

    CHECK(
        message::received_field(told) ==
        "Received: from client.example ([192.0.2.1])\r\n"
        "\tby relay.example (Kurir) with ESMTP id 0123456789ABC\r\n"
        "\tfor <a@b.example>;\r\n"
        "\tTue, 01 Jan 2030 03:04:05 +0000\r\n"
    );
}

TEST_CASE("the Received field says how the message was protected", "[message]") {
    auto told = plain_hop();
    told.protocol = "ESMTPS";
    told.tls = "TLSv1.3, TLS_AES_256_GCM_SHA384";
    const auto field = message::received_field(told);
    CHECK(
        field.find(" with ESMTPS (TLSv1.3, TLS_AES_256_GCM_SHA384) id 0123456789ABC;\r\n") !=
        std::string::npos
    );
}

TEST_CASE("S048 several recipients are not named in the Received field", "[message]") {
    CHECK(message::received_field(plain_hop()).find("for <") == std::string::npos);
}

TEST_CASE("S046 an IPv6 client stands as an address literal", "[message]") {
    auto told = plain_hop();
    told.client = "2001:db8::1";

    CHECK(message::received_field(told).find("([IPv6:2001:db8::1])") != std::string::npos);
}

TEST_CASE("S065 dates are those of RFC 5322, also before 1970", "[message]") {
    CHECK(message::date_field({}) == "Date: Thu, 01 Jan 1970 00:00:00 +0000\r\n");
    const queue::time_point before{-1ms};
    CHECK(message::date_field(before) == "Date: Wed, 31 Dec 1969 23:59:59 +0000\r\n");
    const queue::time_point leap{std::chrono::sys_days{std::chrono::year{2028} / 2 / 29} + 23h};
    CHECK(message::date_field(leap) == "Date: Tue, 29 Feb 2028 23:00:00 +0000\r\n");
}

TEST_CASE("S065 a Message-ID is made of the queue id and our name", "[message]") {
    const queue::message_id id(42);
    CHECK(
        message::message_id_field(id, "relay.example") ==
        "Message-ID: <" + id.text() + "@relay.example>\r\n"
    );
}

TEST_CASE("D3 H14 a recipient that would not stand well in Received is not named", "[message]") {
    auto told = plain_hop();
    for (const std::string& address : {
             std::string(2000, 'x') + "@b.example",
             std::string("a\xe2\x80\xae@b.example"),
             std::string("j\xc3\xb6rg@b.example"),
         }) {
        told.for_recipient = address;
        const auto field = message::received_field(told);
        CHECK(field == message::received_field(plain_hop()));
        CHECK(message::longest_line(field) <= message::line_max);
    }
}
