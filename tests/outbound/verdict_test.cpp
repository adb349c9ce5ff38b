#include "relay/outbound/verdict.hpp"

#include <boost/asio/error.hpp>

#include "dns/error.hpp"
#include "queue/error.hpp"
#include "relay/net/error.hpp"
#include "relay/outbound/shortage.hpp"
#include "tests/outbound/replies.hpp"
#include "tests/support/catch.hpp"

using namespace kurir::outbound;
using kurir::smtp::enhanced_status;
using kurir::smtp::reply;
using tests::reply_of;
namespace dns = kurir::dns;
namespace queue = kurir::queue;

TEST_CASE("4.2.1 2yz delivers, 4yz defers, 5yz fails", "[outbound][verdict]") {
    for (const auto place : {stage::mail, stage::rcpt, stage::data, stage::eod}) {
        CHECK(judge(place, reply_of(250)).outcome == outcome::delivered);
        CHECK(judge(place, reply_of(450)).outcome == outcome::deferred);
        CHECK(judge(place, reply_of(550)).outcome == outcome::failed);
        // C006: unknown codes by their first digit.
        CHECK(judge(place, reply_of(459)).outcome == outcome::deferred);
        CHECK(judge(place, reply_of(559)).outcome == outcome::failed);
    }
}

TEST_CASE(
    "C002 C042 a host that refuses us is no proof against the recipient", "[outbound][verdict]"
) {
    for (const auto place : {stage::banner, stage::ehlo}) {
        const auto result = judge(place, reply_of(554));
        CHECK(result.outcome == outcome::deferred);
        CHECK(result.try_next_host);
    }
}

TEST_CASE("C015 552 at RCPT is temporary, at the end of data it is not", "[outbound][verdict]") {
    CHECK(judge(stage::rcpt, reply_of(552)).outcome == outcome::deferred);
    CHECK(judge(stage::eod, reply_of(552)).outcome == outcome::failed);
}

TEST_CASE("C037 wanted credentials or TLS never bounce mail", "[outbound][verdict]") {
    for (const int code : {530, 534, 535, 538}) {
        CHECK(judge(stage::mail, reply_of(code)).outcome == outcome::deferred);
    }
}

TEST_CASE("Q018 the server's status counts if its class fits", "[outbound][verdict]") {
    CHECK(judge(stage::rcpt, reply_of(550, {5, 1, 1})).status == enhanced_status{5, 1, 1});
    CHECK(judge(stage::rcpt, reply_of(550, {4, 1, 1})).status == enhanced_status{5, 0, 0});
    CHECK(judge(stage::rcpt, reply_of(450, {5, 1, 1})).status == enhanced_status{4, 0, 0});
}

TEST_CASE("C019 a reply that is missing after the dot is ambiguous", "[outbound][verdict]") {
    const auto lost = judge(stage::eod, kurir::net::errc::end_of_stream, true);
    CHECK(lost.outcome == outcome::deferred);
    CHECK(lost.ambiguous);
    CHECK_FALSE(lost.try_next_host);

    const auto before = judge(stage::data, kurir::net::errc::timed_out, false);
    CHECK(before.outcome == outcome::deferred);
    CHECK(before.cause == cause::timeout);
    CHECK_FALSE(before.ambiguous);
    CHECK(before.try_next_host);
}

TEST_CASE("C052 only what DNS proves fails", "[outbound][verdict]") {
    CHECK(judge_name("d", dns::errc::not_found).outcome == outcome::failed);
    CHECK(judge_name("d", dns::errc::null_mx).status == enhanced_status{5, 1, 10});
    CHECK(judge_name("d", dns::errc::no_data).status == enhanced_status{5, 4, 4});
    for (const auto trouble :
         {dns::errc::servfail,
          dns::errc::refused,
          dns::errc::timeout,
          dns::errc::malformed,
          dns::errc::unreachable,
          dns::errc::unproven,
          dns::errc::shortage,
          dns::errc::other_family,
          dns::errc::cancelled}) {
        CHECK(judge_name("d", trouble).outcome == outcome::deferred);
    }
    CHECK(judge_relayhost_name("r", dns::errc::not_found).outcome == outcome::deferred);
}

TEST_CASE("D2 what is not proven is deferred as a failure of DNS", "[outbound][verdict]") {
    for (const auto trouble : {dns::errc::unproven, dns::errc::malformed, dns::errc::servfail}) {
        CHECK(judge_name("d", trouble).status == enhanced_status{4, 4, 3});
        CHECK_FALSE(judge_name("d", trouble).shortage);
    }
}

TEST_CASE("D14 what only our setting forbids is deferred, this machine fails", "[outbound]") {
    const auto forbidden = prohibited_address("mx.test", "10.0.0.1");
    CHECK(forbidden.outcome == outcome::deferred);
    CHECK(forbidden.try_next_host);
    for (const auto* part : {"mx.test", "10.0.0.1", "KURIR_PROHIBITED_NETWORKS"})
        CHECK(forbidden.diagnostic.find(part) != std::string::npos);
    const auto result = address_of_this_machine("mx.test", "127.0.0.1");
    CHECK(result.status == enhanced_status{5, 4, 6});
    CHECK(result.try_next_host);
}

TEST_CASE("R2 what this machine lacks is no fault of a host", "[outbound][verdict]") {
    namespace condition = boost::system::errc;
    struct lack {
        condition::errc_t why;
        shortage resource;
    };
    const auto each = GENERATE(
        lack{condition::too_many_files_open, shortage::descriptors},
        lack{condition::too_many_files_open_in_system, shortage::descriptors},
        lack{condition::not_enough_memory, shortage::memory},
        lack{condition::no_buffer_space, shortage::memory},
        lack{condition::address_not_available, shortage::ports},
        lack{condition::resource_unavailable_try_again, shortage::ports}
    );
    const boost::system::error_code why(each.why, boost::system::system_category());
    CAPTURE(why.message());
    for (const auto place : {stage::connect, stage::ehlo, stage::mail, stage::data}) {
        const auto put_off = judge(place, why);
        CHECK(put_off.shortage == each.resource);
        CHECK(put_off.outcome == outcome::deferred);
        CHECK(put_off.cause == cause::local);
        CHECK(put_off.try_next_host == (each.resource == shortage::ports));
        CHECK_FALSE(expired(put_off).shortage);
    }
    // Behind the end of data the server may have the message: that was an attempt.
    CHECK_FALSE(judge(stage::eod, why, true).shortage);
    CHECK(judge(stage::eod, why, true).ambiguous);
}

TEST_CASE("R2 what a host does is no shortage", "[outbound][verdict]") {
    namespace condition = boost::system::errc;
    for (const auto why :
         {condition::connection_refused,
          condition::connection_reset,
          condition::host_unreachable,
          condition::network_unreachable,
          condition::timed_out}) {
        const boost::system::error_code error(why, boost::system::system_category());
        CHECK_FALSE(judge(stage::connect, error).shortage);
    }
    CHECK_FALSE(judge(stage::data, queue::errc::corrupt).shortage);
    CHECK(judge(stage::data, queue::errc::failed).shortage == shortage::store);
    CHECK(judge_name("d", dns::errc::shortage).shortage == shortage::descriptors);
    CHECK(judge_relayhost_name("d", dns::errc::shortage).shortage == shortage::descriptors);
    CHECK_FALSE(judge_name("d", dns::errc::unreachable).shortage);
}

TEST_CASE("R2 no port, and no address to reach it from, are told apart", "[outbound]") {
    namespace condition = boost::system::errc;
    const auto why = make_error_code(condition::address_not_available);
    using boost::asio::ip::make_address;
    CHECK(connect_error(why, {make_address("127.0.0.1"), 25}) == why);
    CHECK(
        connect_error(make_error_code(condition::timed_out), {make_address("127.0.0.1"), 25}) ==
        condition::timed_out
    );
    // A class E address has no route anywhere.
    CHECK(connect_error(why, {make_address("255.255.255.255"), 25}) != why);
}

TEST_CASE("greylisting is known by code, status and words", "[outbound][verdict][greylist]") {
    CHECK(judge(stage::rcpt, reply_of(451, {4, 7, 1})).greylisted);
    CHECK(judge(stage::rcpt, reply_of(450, {}, "Greylisted, try again")).greylisted);
    CHECK_FALSE(judge(stage::rcpt, reply_of(452, {4, 7, 1})).greylisted);
    CHECK_FALSE(judge(stage::mail, reply_of(451, {4, 7, 1})).greylisted);

    using namespace std::chrono_literals;
    CHECK(
        judge(stage::rcpt, reply_of(451, {4, 7, 1}, "come back in 300 seconds")).retry_hint == 300s
    );
    CHECK(judge(stage::rcpt, reply_of(451, {4, 7, 1}, "wait 00:04:37")).retry_hint == 277s);
    CHECK(judge(stage::rcpt, reply_of(451, {4, 7, 1}, "in 99 minutes")).retry_hint == 30min);
    CHECK_FALSE(judge(stage::rcpt, reply_of(451, {4, 7, 1}, "later")).retry_hint);
}

TEST_CASE("remote text is made printable and cut", "[outbound][verdict]") {
    const auto result =
        judge(stage::rcpt, reply_of(550, {}, "a\r\nb\x1b[31m\xff" + std::string(9000, 'x')));
    CHECK(result.diagnostic.starts_with("550 a b?[31m?xxx"));
    CHECK(result.diagnostic.size() == 512);
}

TEST_CASE("Q018 what expires says so, and keeps the last answer", "[outbound][verdict]") {
    const auto result = expired(judge(stage::rcpt, reply_of(451, {4, 2, 2}, "full")));
    CHECK(result.outcome == outcome::failed);
    CHECK(result.status == enhanced_status{4, 4, 7});
    CHECK(result.diagnostic == "451 4.2.2 full");
    CHECK(result.reason == bounce_class::expired);
}

TEST_CASE("C008 a reply that contradicts itself defers as a fault", "[outbound][verdict]") {
    reply mixed = reply_of(451, {}, "one two");
    mixed.inconsistent = true;
    const auto result = judge(stage::rcpt, mixed);
    CHECK(result.outcome == outcome::deferred);
    CHECK(result.cause == cause::protocol);
    CHECK(result.status == enhanced_status{4, 5, 0});
    CHECK(result.diagnostic == "451 one two (its lines contradict each other)");
    CHECK_FALSE(result.ambiguous);
    CHECK(judge(stage::eod, mixed).ambiguous);
}

TEST_CASE("decision 23 what the host does not offer is told with its status", "[outbound]") {
    CHECK(not_offered(missing::smtputf8).status == enhanced_status{5, 6, 7});
    const auto signed_text = not_convertible("has x");
    CHECK(signed_text.status == enhanced_status{5, 6, 3});
    CHECK(signed_text.diagnostic.ends_with("can't be converted: it has x"));
    CHECK(signed_text.try_next_host);
    CHECK(not_offered(missing::size).status == enhanced_status{5, 3, 4});
    CHECK(not_offered(missing::size).diagnostic == "the message is larger than the server takes");
    for (const auto extension : {missing::smtputf8, missing::size}) {
        const auto result = not_offered(extension);
        CHECK(result.outcome == outcome::failed);
        CHECK(result.cause == cause::content);
        CHECK(result.stage == stage::mail);
        CHECK(result.try_next_host);
    }
}
