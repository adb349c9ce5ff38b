#include "relay/inbound/advice.hpp"

#include "tests/support/catch.hpp"

using namespace kurir;
using Catch::Matchers::StartsWith;
using inbound::admitting_advice;
using inbound::trusting_advice;

namespace {

std::string advice(smtp::stage stage, smtp::reject_reason reason, bool trusted) {
    smtp::exchange refused;
    refused.at = stage;
    refused.reason = reason;
    return admitting_advice(refused, trusted, boost::asio::ip::make_address("172.18.0.5"));
}

}  // namespace

TEST_CASE("Decision 21: the network that would admit a client is to be added", "[inbound]") {
    const auto network = [](const char* client) {
        const auto text = trusting_advice(address(client));
        REQUIRE(text.starts_with("add "));
        REQUIRE(text.ends_with(" to KURIR_TRUSTED_NETWORKS"));
        return text.substr(4, text.find(" to ") - 4);
    };
    CHECK(network("172.18.0.5") == "172.18.0.0/16");
    CHECK(network("10.1.2.3") == "10.1.0.0/16");
    CHECK(network("192.168.4.5") == "192.168.4.0/24");
    CHECK(network("198.51.100.7") == "198.51.100.7");
    CHECK(network("fd00:1:2:3:4::5") == "fd00:1:2:3::/64");
    CHECK(network("2001:db8::5") == "2001:db8::5");
}

TEST_CASE("A18 what was refused is told with the setting that would admit it", "[inbound]") {
    using enum smtp::reject_reason;
    using enum smtp::stage;
    const std::string trust = "add 172.18.0.0/16 to KURIR_TRUSTED_NETWORKS";

    CHECK(advice(rcpt, relay_denied, false) == trust);
    CHECK(advice(helo, syntax, false) == trust);
    CHECK(advice(mail, syntax, false) == trust);
    CHECK(advice(mail, sender_unqualified, false) == trust);
    CHECK(advice(mail, sender_unqualified, true) == "set KURIR_LOCAL_DOMAIN");
    CHECK(advice(rcpt, no_postmaster, true) == "set KURIR_POSTMASTER");
    CHECK(
        advice(smtp::stage::connect, too_many_of_client, true) ==
        "raise KURIR_MAX_SESSIONS_PER_CLIENT"
    );
    CHECK(advice(end_of_data, bare_newline, true) == "set KURIR_BARE_NEWLINE to normalize");
    CHECK(advice(other, bare_newline, true).empty());  // of a command
    CHECK(advice(other, syntax, false).empty());
    CHECK(advice(other, tls_not_offered, true).empty());
    CHECK_THAT(
        advice(smtp::stage::connect, tls_on_plain_port, false),
        StartsWith("set the client to STARTTLS, or let it use a port that has tls=implicit")
    );
    CHECK(advice(mail, tls_required, true) == "set the client to STARTTLS");
    CHECK_THAT(advice(other, auth_not_offered, true), StartsWith("set the client to use TLS"));
}
