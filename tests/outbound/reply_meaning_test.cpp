// R5: codes with two meanings.
#include "relay/outbound/reply_meaning.hpp"

#include <string>
#include <vector>

#include "relay/outbound/bounce_class.hpp"
#include "relay/outbound/evidence.hpp"
#include "relay/outbound/verdict.hpp"
#include "tests/outbound/replies.hpp"
#include "tests/support/catch.hpp"

using namespace kurir::outbound;
using kurir::smtp::enhanced_status;
using kurir::smtp::reply;
using tests::reply_of;

namespace {

outcome at(stage place, const reply& answer, full_mailbox when_full = full_mailbox::fails) {
    return judge(place, answer, when_full).outcome;
}

}  // namespace

TEST_CASE("R5 codes of AUTH defer where AUTH or TLS is missing", "[outbound][verdict]") {
    for (const int code : {530, 534, 535, 538}) {
        CAPTURE(code);
        CHECK(at(stage::ehlo, reply_of(code)) == outcome::deferred);
        CHECK(at(stage::mail, reply_of(code)) == outcome::deferred);
        CHECK(at(stage::rcpt, reply_of(code, {5, 7, 0})) == outcome::deferred);
        CHECK(at(stage::rcpt, reply_of(code, {}, "Authentication required")) == outcome::deferred);
        CHECK(
            at(stage::data, reply_of(code, {}, "Must issue a STARTTLS command")) ==
            outcome::deferred
        );
    }
}

TEST_CASE("R5 the same codes fail where they mean other things", "[outbound][verdict]") {
    CHECK(
        at(stage::eod, reply_of(534, {}, "Message header size exceeds policy limit")) ==
        outcome::failed
    );
    for (const int code : {530, 534, 535, 538}) {
        CAPTURE(code);
        CHECK(at(stage::rcpt, reply_of(code)) == outcome::failed);
        CHECK(at(stage::data, reply_of(code)) == outcome::failed);
        CHECK(at(stage::eod, reply_of(code, {5, 3, 4})) == outcome::failed);
        CHECK(at(stage::rcpt, reply_of(code, {5, 1, 1}, "no such user")) == outcome::failed);
    }
}

TEST_CASE("R5 552 is a full mailbox, a large message or too many recipients", "[outbound]") {
    CHECK(at(stage::rcpt, reply_of(552, {5, 2, 2}, "over quota")) == outcome::failed);
    CHECK(at(stage::rcpt, reply_of(552, {}, "Mailbox full")) == outcome::failed);
    CHECK(
        at(stage::rcpt,
           reply_of(552, {}, "Requested mail action aborted: exceeded storage allocation")) ==
        outcome::failed
    );
    CHECK(at(stage::rcpt, reply_of(552, {5, 3, 4}, "too large")) == outcome::failed);
    CHECK(at(stage::rcpt, reply_of(552, {5, 7, 1}, "refused")) == outcome::failed);
    CHECK(at(stage::mail, reply_of(552, {5, 3, 4}, "too large")) == outcome::failed);
    CHECK(at(stage::eod, reply_of(552, {5, 2, 2})) == outcome::failed);

    CHECK(at(stage::rcpt, reply_of(552, {5, 5, 3})) == outcome::deferred);
    CHECK(at(stage::rcpt, reply_of(552, {}, "4.5.3 Too many recipients")) == outcome::deferred);
    CHECK(at(stage::rcpt, reply_of(552, {}, "too many recipients")) == outcome::deferred);
    CHECK(at(stage::rcpt, reply_of(552)) == outcome::deferred);
}

TEST_CASE("R5 C024 a quota of ours that is used up is no refusal for good", "[outbound][verdict]") {
    const std::vector<reply> quotas{
        reply_of(
            550, {5, 4, 5}, "Daily user sending limit exceeded. For more information on Gmail"
        ),
        reply_of(550, {5, 4, 5}, "Daily user sending quota exceeded. a1-2si3.4 - gsmtp"),
        reply_of(
            550, {5, 7, 1}, "Daily SMTP relay limit exceeded for customer. For more information"
        ),
        reply_of(
            550, {5, 1, 90}, "Your message can't be sent because you've reached your daily limit"
        ),
        reply_of(
            554,
            {5, 2, 0},
            "STOREDRV.Submission.Exception:SubmissionQuotaExceededException; Failed to process"
        ),
        reply_of(550, {5, 2, 2}, "Submission quota exceeded"),
    };
    for (const auto& each : quotas) {
        CAPTURE(each.joined());
        for (const auto place : {stage::mail, stage::rcpt, stage::eod}) {
            const auto result = judge(place, each);
            CHECK(result.outcome == outcome::deferred);
            CHECK(result.status.klass == 4);
            CHECK(evidence_of({{0, result}}, true, {}).result == report::kind::refused);
        }
        CHECK(judge(stage::rcpt, each).reason == bounce_class::rate);
    }
    CHECK(at(stage::rcpt, reply_of(552, {5, 2, 2}, "quota exceeded")) == outcome::failed);
    CHECK(at(stage::eod, reply_of(552, {5, 3, 4}, "size limit exceeded")) == outcome::failed);
}

TEST_CASE("R5 a full mailbox waits if the operator says so", "[outbound][verdict]") {
    constexpr auto waits = full_mailbox::waits;
    for (const int code : {550, 552, 554}) {
        CHECK(at(stage::rcpt, reply_of(code, {5, 2, 2})) == outcome::failed);
        CHECK(at(stage::rcpt, reply_of(code, {5, 2, 2}), waits) == outcome::deferred);
        CHECK(at(stage::eod, reply_of(code, {5, 2, 2}), waits) == outcome::deferred);
    }
    CHECK(at(stage::rcpt, reply_of(552, {}, "over quota"), waits) == outcome::deferred);
    CHECK(at(stage::rcpt, reply_of(550, {5, 1, 1}), waits) == outcome::failed);
    CHECK(at(stage::rcpt, reply_of(552, {5, 3, 4}), waits) == outcome::failed);
}

TEST_CASE(
    "R5 521 and 556 in a greeting: a host without mail, or one that blocks us", "[outbound]"
) {
    const auto never = judge(stage::banner, reply_of(521, {5, 3, 2}, "system not accepting"));
    CHECK(never.outcome == outcome::failed);
    CHECK(never.try_next_host);
    CHECK(at(stage::banner, reply_of(556, {5, 1, 10})) == outcome::failed);
    CHECK(
        at(stage::banner, reply_of(521, {}, "mx.example does not accept mail")) == outcome::failed
    );

    CHECK(at(stage::banner, reply_of(521, {5, 7, 1}, "Blocked")) == outcome::deferred);
    CHECK(at(stage::banner, reply_of(521, {}, "Connection refused")) == outcome::deferred);
    CHECK(
        at(stage::banner, reply_of(554, {}, "does not accept mail from you")) == outcome::deferred
    );
    CHECK(at(stage::rcpt, reply_of(556, {5, 1, 10})) == outcome::failed);
    CHECK(at(stage::mail, reply_of(521)) == outcome::failed);
}

TEST_CASE("D8 X.7.x in a greeting is the word of all hosts", "[outbound][verdict]") {
    CHECK_FALSE(judge(stage::banner, reply_of(421, {4, 7, 0}, "[TSS04]")).try_next_host);
    CHECK_FALSE(judge(stage::banner, reply_of(554, {5, 7, 1}, "reputation")).try_next_host);
    CHECK(judge(stage::banner, reply_of(421, {4, 3, 2}, "busy")).try_next_host);
    CHECK(judge(stage::banner, reply_of(554)).try_next_host);
    CHECK(judge(stage::mail, reply_of(451, {4, 7, 1})).try_next_host);
}

TEST_CASE("D11 a protocol error keeps stage, cause and line", "[outbound][verdict]") {
    const auto result = judge_protocol(stage::data, "an unexpected reply: \"250 Resetting\"");
    CHECK(result.outcome == outcome::deferred);
    CHECK(result.stage == stage::data);
    CHECK(result.cause == cause::protocol);
    CHECK(result.diagnostic == "an unexpected reply: \"250 Resetting\"");
    CHECK(result.try_next_host);
    CHECK_FALSE(result.ambiguous);
    CHECK(judge_protocol(stage::eod, "x", true).ambiguous);
}
