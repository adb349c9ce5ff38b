#include "relay/outbound/evidence.hpp"

#include "relay/net/error.hpp"
#include "relay/outbound/login_verdict.hpp"
#include "relay/smtp/opening.hpp"
#include "tests/support/catch.hpp"

using namespace kurir;
using namespace kurir::outbound;
using kind = report::kind;

namespace {

verdict said(stage place, int code, const std::string& text) {
    const auto status = smtp::enhanced_status::parse(text);
    return judge(
        place, {.code = code, .status = status.value_or(smtp::enhanced_status{}), .lines = {text}}
    );
}

kind of_one(stage place, int code, const std::string& text) {
    return evidence_of({{0, said(place, code, text)}}, true, {}).result;
}

}  // namespace

TEST_CASE("D6 H1 whom a reply concerns", "[outbound][evidence]") {
    CHECK(of_one(stage::eod, 250, "2.0.0 taken") == kind::succeeded);
    CHECK(of_one(stage::rcpt, 550, "5.1.1 unknown") == kind::succeeded);
    CHECK(of_one(stage::rcpt, 452, "4.2.2 mailbox full") == kind::put_off);
    CHECK(of_one(stage::rcpt, 450, "4.7.1 greylisted, come back in 300 seconds") == kind::put_off);
    CHECK(of_one(stage::rcpt, 450, "4.7.1 too many recipients from 192.0.2.1") == kind::refused);
    CHECK(of_one(stage::mail, 432, "4.3.2 Concurrent connections limit exceeded") == kind::refused);
    CHECK(of_one(stage::rcpt, 451, "4.7.28 policy") == kind::refused);
    CHECK(of_one(stage::eod, 451, "4.0.0 come back later") == kind::refused);
}

TEST_CASE("C024 words about our amount of mail concern everybody's", "[outbound][evidence]") {
    for (const auto place : {stage::mail, stage::rcpt, stage::data, stage::eod}) {
        CHECK(of_one(place, 421, "4.3.2 shutting down") == kind::refused);
        CHECK(of_one(place, 450, "Too many messages, slow down") == kind::refused);
        CHECK(of_one(place, 451, "4.7.1 Throttled, try later") == kind::refused);
        CHECK(of_one(place, 451, "4.7.28 unusual rate") == kind::refused);
        CHECK(of_one(place, 452, "4.3.1 disk") == kind::refused);
    }
    // But what is said of a mailbox concerns the mailbox.
    CHECK(of_one(stage::rcpt, 450, "4.2.1 mailbox rate limit exceeded") == kind::put_off);
    // A server that refuses for good is content with us.
    CHECK(of_one(stage::rcpt, 550, "5.7.1 rate limit") == kind::succeeded);
}

TEST_CASE("D6 words that ask for fewer connections", "[outbound][evidence]") {
    const auto asks = [](const std::string& text) {
        return evidence_of({{0, said(stage::mail, 421, text)}}, true, {}).fewer;
    };
    CHECK(asks("4.7.0 Too many connections"));
    CHECK(asks("4.3.2 Concurrent connections limit exceeded"));
    CHECK(asks("4.7.0 too many concurrent SMTP sessions"));
    CHECK(asks("4.4.5 maximum number of simultaneous connections"));
    CHECK_FALSE(asks("4.4.5 Maximum number of messages reached"));
    CHECK_FALSE(asks("4.3.2 shutting down"));
    CHECK_FALSE(asks("4.7.0 connection refused by policy"));
}

TEST_CASE("D6 what happens before the first message concerns the connection", "[outbound]") {
    const auto greeting = said(stage::banner, 421, "4.7.0 too many connections");
    CHECK(evidence_of({}, false, greeting).result == kind::no_session);
    CHECK(evidence_of({}, false, greeting).fewer);
    const auto nobody = judge(stage::connect, net::errc::timed_out);
    CHECK(evidence_of({}, false, nobody).result == kind::unreachable);
    CHECK(evidence_of({}, false, {}).result == kind::nothing);
}

TEST_CASE("a login that fails, fails for every connection", "[outbound][evidence]") {
    const auto of_login = [](const verdict& trouble) {
        return evidence_of({}, false, trouble).result;
    };
    const auto refused = [&](int code, const std::string& text) {
        return of_login(judge_login({.code = code, .status = {}, .lines = {text}}));
    };
    CHECK(refused(535, "Authentication Credentials Invalid") == kind::unreachable);
    CHECK(refused(454, "Temporary authentication failure") == kind::unreachable);
    CHECK(refused(421, "closing") == kind::unreachable);
    CHECK(of_login(no_token("ses", "it says invalid_grant")) == kind::unreachable);
    using smtp::security_failure;
    CHECK(of_login(insecure(security_failure::auth_not_offered)) == kind::unreachable);
    CHECK(of_login(insecure(security_failure::credential_in_clear)) == kind::unreachable);
    CHECK(of_login(insecure(security_failure::handshake_failed)) == kind::no_session);
    // These concern the connection.
    CHECK(refused(454, "Too many login attempts, please try again later") == kind::no_session);
    CHECK(of_login(judge(stage::auth, net::errc::timed_out)) == kind::no_session);
    CHECK(of_login(judge(stage::auth, net::errc::end_of_stream)) == kind::no_session);
    const auto many =
        judge_login({.code = 432, .status = {}, .lines = {"Concurrent connections limit exceeded"}}
        );
    CHECK(evidence_of({}, false, many).fewer);
}

TEST_CASE("C024 quotas that providers tell in words", "[outbound][evidence]") {
    for (const auto place : {stage::mail, stage::eod}) {
        CHECK(
            of_one(place, 454, "Throttling failure: Maximum sending rate exceeded.") ==
            kind::refused
        );
        CHECK(
            of_one(place, 454, "Throttling failure: Daily message quota exceeded.") == kind::refused
        );
        CHECK(of_one(place, 432, "4.3.2 Concurrent connections limit exceeded") == kind::refused);
        CHECK(of_one(place, 421, "4.7.0 Try again later, closing connection.") == kind::refused);
    }
}

TEST_CASE("R1 one recipient that is served shows that the server is well", "[outbound]") {
    const std::vector<recipient_verdict> both{
        {0, said(stage::rcpt, 451, "4.0.0 no")}, {1, said(stage::eod, 250, "2.0.0 ok")}
    };
    CHECK(evidence_of(both, true, {}).result == kind::succeeded);
}
