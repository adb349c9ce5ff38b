// What a connection does about TLS: by its policy, after a failure, and an hour later.
#include "relay/outbound/tls_plan.hpp"

#include <boost/asio/error.hpp>

#include <chrono>
#include <string>

#include "relay/net/error.hpp"
#include "relay/outbound/tls_memory.hpp"
#include "relay/outbound/tls_outcome.hpp"
#include "relay/outbound/tls_words.hpp"
#include "tests/support/catch.hpp"

using namespace kurir;
using namespace kurir::outbound;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;
using tls = smtp::opening_terms::tls;
using metrics::clear_reason;

namespace {

host_address host_with(tls_policy policy, bool implicit_tls = false) {
    return {.name = "mx.example", .endpoint = {}, .tls = policy, .implicit_tls = implicit_tls};
}

verdict tls_trouble() {
    return insecure(smtp::security_failure::handshake_failed);
}

}  // namespace

TEST_CASE("only the policies off and may leave mail in clear", "[outbound][tls]") {
    for (const bool failed : {false, true}) {
        CHECK(plan_tls(host_with(tls_policy::off), failed).encryption == tls::never);
        for (const auto policy : {tls_policy::encrypt, tls_policy::verify}) {
            CHECK(plan_tls(host_with(policy), failed).encryption == tls::required);
            CHECK(plan_tls(host_with(policy, true), failed).encryption == tls::implicit);
            CHECK_FALSE(plan_in_clear(host_with(policy), tls_trouble()));
            CHECK_FALSE(plan_in_clear(host_with(policy, true), tls_trouble()));
        }
    }
    const auto may = host_with(tls_policy::may);
    CHECK(plan_tls(may, false).encryption == tls::if_offered);
    CHECK(plan_tls(may, true) == tls_plan{tls::never, clear_reason::failed_lately});
    CHECK(plan_in_clear(may, tls_trouble()) == tls_plan{tls::never, clear_reason::failed});
}

TEST_CASE("only trouble of TLS leads to a connection in clear", "[outbound][tls]") {
    const auto may = host_with(tls_policy::may);
    using smtp::security_failure;
    for (const auto failure :
         {security_failure::starttls_not_offered,
          security_failure::starttls_refused,
          security_failure::handshake_failed}) {
        const auto trouble = insecure(failure);
        CHECK(trouble.outcome == outcome::deferred);
        CHECK(trouble.stage == stage::tls);
        CHECK(trouble.try_next_host);
        CHECK(plan_in_clear(may, trouble));
    }
    for (const auto failure :
         {security_failure::credential_in_clear,
          security_failure::auth_not_offered,
          security_failure::no_known_mechanism})
        CHECK_FALSE(plan_in_clear(may, insecure(failure)));
    const auto stopped = judge(stage::tls, boost::asio::error::operation_aborted);
    CHECK_FALSE(plan_in_clear(may, stopped));
    const smtp::reply busy{.code = 421, .status = {}, .lines = {"busy"}};
    CHECK_FALSE(plan_in_clear(may, judge(stage::banner, busy)));
}

TEST_CASE("the certificate is for the host, or for the address of a literal", "[outbound][tls]") {
    host_address host{.name = "mx.example", .endpoint = {}};
    CHECK(verified_name(host) == "mx.example");
    const auto* address = GENERATE("192.0.2.1", "2001:db8::1");
    host.endpoint.address(boost::asio::ip::make_address(address));
    host.name = address;  // a relayhost
    CHECK(verified_name(host) == address);
    host.name = "[" + host.name + "]";  // the domain of a recipient
    CHECK(verified_name(host) == address);
}

TEST_CASE("a failure is remembered for an hour, of that server only", "[outbound][tls]") {
    tls_memory memory;
    const tls_memory::time_point start{1h};
    CHECK_FALSE(memory.failed_lately("mx:25", start));
    memory.failed("mx:25", start);
    CHECK(memory.failed_lately("mx:25", start));
    CHECK(memory.failed_lately("mx:25", start + 59min));
    CHECK_FALSE(memory.failed_lately("mx:25", start + 1h));
    CHECK_FALSE(memory.failed_lately("mx:26", start));
    memory.failed("mx:25", start + 2h);
    CHECK(memory.failed_lately("mx:25", start + 2h + 59min));
}

TEST_CASE("the memory of failures is bounded, and the latest stay", "[outbound][tls]") {
    tls_memory memory;
    const tls_memory::time_point start{};
    for (std::size_t i = 0; i <= tls_memory::servers_max; ++i)
        memory.failed(std::to_string(i), start);
    CHECK_FALSE(memory.failed_lately("0", start));
    CHECK(memory.failed_lately("1", start));
    CHECK(memory.failed_lately(std::to_string(tls_memory::servers_max), start));
}

TEST_CASE("a session is kept for an hour, until all are forgotten", "[outbound][tls]") {
    tls_memory memory;
    const tls_memory::time_point start{};
    const net::resumable_session session{
        .certificate_error = make_error_code(net::errc::timed_out)
    };
    const auto is_kept = [&](const std::string& terms, tls_memory::time_point now) {
        return memory.session(terms, now).certificate_error == session.certificate_error;
    };
    memory.keep("a", session, start);
    CHECK(is_kept("a", start + 59min));
    CHECK_FALSE(is_kept("a", start + 1h));
    CHECK_FALSE(is_kept("b", start));
    for (std::size_t i = 0; i < tls_memory::sessions_max; ++i)
        memory.keep(std::to_string(i), session, start);
    CHECK_FALSE(is_kept("a", start));
    CHECK(is_kept("0", start));
    memory.forget_sessions();
    CHECK_FALSE(is_kept("0", start));
}

TEST_CASE("why a handshake failed is said in words", "[outbound][tls]") {
    using net::errc;
    const auto words = [](boost::system::error_code error) {
        return tls_words(error, "mx.example");
    };
    CHECK_THAT(words(errc::timed_out), ContainsSubstring("in time"));
    CHECK_THAT(words(errc::end_of_stream), ContainsSubstring("closed the connection"));
    CHECK_THAT(words(boost::asio::error::connection_reset), ContainsSubstring("closed"));
    CHECK_THAT(words(errc::flooded), ContainsSubstring("sent much"));
    // OpenSSL's X509_V_ERR_*
    const auto certificate = [&](int code) { return words({code, net::certificate_category()}); };
    CHECK(certificate(62) == "the server's certificate is not for mx.example");
    CHECK(certificate(64) == "the server's certificate is not for mx.example");
    CHECK(certificate(10) == "the server's certificate has expired");
    CHECK(certificate(9) == "the server's certificate is not valid yet");
    CHECK_THAT(certificate(18), ContainsSubstring("self-signed"));
    CHECK_THAT(certificate(20), ContainsSubstring("issuer"));
    CHECK_THAT(certificate(20), !ContainsSubstring("self-signed"));
}

TEST_CASE("what a connection is worth is told of log and metrics", "[outbound][tls]") {
    smtp::opening::session session;
    const tls_plan plan{tls::if_offered, clear_reason::not_offered};
    CHECK(protection_of(plan, session, std::nullopt).in_clear == clear_reason::not_offered);
    session.starttls_refused = true;
    CHECK(protection_of(plan, session, std::nullopt).in_clear == clear_reason::failed);

    net::tls_session agreed;
    agreed.version = "TLSv1.3";
    agreed.resumed = true;
    auto told = protection_of(plan, session, agreed);
    CHECK(told.version == "TLSv1.3");
    CHECK(told.certificate == metrics::remote_certificate::valid);
    CHECK(told.resumed);
    agreed.certificate_error = {18, net::certificate_category()};
    told = protection_of(plan, session, agreed);
    CHECK(told.certificate == metrics::remote_certificate::self_signed);
}
