#include "relay/outbound/attempt_plan.hpp"

#include <string>
#include <vector>

#include "relay/net/error.hpp"
#include "tests/outbound/start.hpp"
#include "tests/support/catch.hpp"

using namespace kurir;
using namespace kurir::outbound;
using namespace std::chrono_literals;
using tests::start;
using next = attempt_plan::next;
using recipient_group = std::vector<std::uint32_t>;

namespace {

constexpr std::size_t any = 1000;

attempt_plan plan_for(std::uint32_t recipients, std::chrono::milliseconds lifetime = 96h) {
    std::vector<std::uint32_t> all;
    for (std::uint32_t i = 0; i < recipients; ++i)
        all.push_back(i);
    return {all, start, lifetime};
}

verdict said(
    stage place, int code, smtp::enhanced_status status = {}, const std::string& text = "text"
) {
    return judge(place, smtp::reply{.code = code, .status = status, .lines = {text}});
}

// The same for each recipient.
transaction_end all(std::size_t recipients, const verdict& common) {
    transaction_end end;
    end.verdicts.assign(recipients, common);
    end.again_at_once.assign(recipients, false);
    return end;
}

transaction_end kept(transaction_end end, std::size_t carried) {
    end.kept = true;
    end.carried = carried;
    return end;
}

transaction_end taken(std::size_t recipients) {
    auto end = all(recipients, said(stage::eod, 250));
    for (std::size_t i = 0; i < recipients; ++i)
        end.accepted.push_back(i);
    return end;
}

next after(attempt_plan& plan, const transaction_end& end, bool usable = true) {
    return plan.after(end, plan.group(end.verdicts.size()), usable, start + 1s);
}

const verdict no_verdict = judge_name("d", net::make_error_code(net::errc::timed_out));

}  // namespace

TEST_CASE("an attempt that all are served in is over", "[outbound][attempt_plan]") {
    auto plan = plan_for(3);
    CHECK(after(plan, taken(3)) == next::over);
    CHECK(plan.over());
    CHECK(plan.verdicts(no_verdict).size() == 3);
    CHECK_FALSE(plan.gave_up());
}

TEST_CASE("D4 a refusal on a connection that has carried messages", "[outbound][attempt_plan]") {
    for (const auto& refusal :
         {said(stage::mail, 452, {4, 4, 5}, "Maximum number of messages per session exceeded"),
          said(stage::mail, 550, {}, "enough"),
          said(stage::rcpt, 450, {}, "try again"),
          said(stage::data, 451, {4, 4, 5}, "Maximum number of messages per session exceeded"),
          said(stage::eod, 451, {4, 3, 0}, "try again"),
          said(stage::rcpt, 421, {4, 7, 0}, "closing")}) {
        CAPTURE(refusal.diagnostic);
        auto helped = plan_for(1);
        CHECK(after(helped, kept(all(1, refusal), 10)) == next::fresh_connection);
        CHECK(helped.learnt().messages == 0);
        CHECK(after(helped, taken(1)) == next::over);
        CHECK(helped.learnt().messages == 10);
        const bool named = refusal.diagnostic.find("session") != std::string::npos;
        CHECK((helped.learnt().messages_evidence == habits::evidence::named) == named);
        CHECK(helped.verdicts(no_verdict).front().verdict.outcome == outcome::delivered);

        // It counts when a fresh connection does not help.
        auto in_vain = plan_for(1);
        CHECK(after(in_vain, kept(all(1, refusal), 10)) == next::fresh_connection);
        CHECK(after(in_vain, all(1, refusal)) != next::fresh_connection);
        CHECK(in_vain.learnt().messages == 0);
        CHECK(in_vain.learnt().fresh_in_vain);
        const auto result = in_vain.verdicts(no_verdict).front();
        CHECK_FALSE(result.untried);
        CHECK(result.verdict.diagnostic == refusal.diagnostic);
    }
}

TEST_CASE("D4 what is said of a recipient or message counts at once", "[outbound][attempt_plan]") {
    for (const auto& refusal :
         {said(stage::rcpt, 550, {5, 1, 1}, "unknown"),
          said(stage::eod, 554, {5, 7, 1}, "spam"),
          said(stage::rcpt, 452, {4, 2, 2}, "mailbox full"),
          said(stage::rcpt, 451, {4, 7, 1}, "Greylisted")}) {
        auto plan = plan_for(1);
        CHECK(after(plan, kept(all(1, refusal), 10)) == next::over);
    }
    auto first = plan_for(1);
    CHECK(after(first, all(1, said(stage::rcpt, 450))) == next::over);
    auto without_help = plan_for(1);
    without_help.expect_no_help();
    CHECK(after(without_help, kept(all(1, said(stage::rcpt, 450)), 3)) == next::over);
    // A refused MAIL must be proven where commands go one by one.
    auto alone = plan_for(1);
    alone.expect_no_help();
    CHECK(after(alone, kept(all(1, said(stage::mail, 554)), 3)) == next::fresh_connection);
    auto grouped = plan_for(1);
    grouped.expect_no_help();
    auto in_group = kept(all(1, said(stage::mail, 554)), 3);
    in_group.in_groups = true;
    CHECK(after(grouped, in_group) == next::over);
    // One of two refused: the connection is well.
    auto mixed = plan_for(2);
    auto end = kept(taken(2), 3);
    end.verdicts[1] = said(stage::rcpt, 450);
    CHECK(after(mixed, end) == next::over);
    CHECK(mixed.verdicts(no_verdict)[1].verdict.outcome == outcome::deferred);
}

TEST_CASE("D9 the attempt is over when somebody has the message", "[outbound][attempt_plan]") {
    auto plan = plan_for(3);
    auto end = taken(1);
    end.verdicts.push_back(said(stage::rcpt, 452, {4, 5, 3}, "too many recipients"));
    end.again_at_once.push_back(true);
    CHECK(after(plan, end) == next::over);
    CHECK(plan.over());
    CHECK_FALSE(plan.gave_up());
    const auto verdicts = plan.verdicts(no_verdict);
    REQUIRE(verdicts.size() == 3);
    CHECK_FALSE(verdicts[0].untried);
    CHECK(verdicts[1].untried);
    CHECK(verdicts[2].untried);
    CHECK(plan.learnt().recipients == 1);
    CHECK(plan.learnt().recipients_evidence == habits::evidence::named);
}

TEST_CASE("D5 421 after some recipients: those go first", "[outbound][attempt_plan]") {
    for (const auto& ending :
         {said(stage::rcpt, 421, {4, 7, 0}, "too many errors"),
          judge(stage::rcpt, net::make_error_code(net::errc::end_of_stream))}) {
        auto plan = plan_for(6);
        auto end = all(6, ending);
        end.accepted = {0, 2};
        end.cut_at = 3;
        CHECK(after(plan, end, false) == next::fresh_connection);
        CHECK(plan.group(any) == recipient_group{0, 2});
        CHECK(plan.learnt().recipients == 2);
        CHECK(plan.learnt().recipients_evidence == habits::evidence::seen);

        CHECK(after(plan, taken(2)) == next::over);
        const auto verdicts = plan.verdicts(no_verdict);
        CHECK(verdicts.size() == 6);
        CHECK(std::ranges::count(verdicts, true, &recipient_verdict::untried) == 4);
        CHECK(verdicts.back().recipient == 3);
    }
}

TEST_CASE("D5 one bad recipient does not take the others along", "[outbound][attempt_plan]") {
    auto plan = plan_for(3);
    auto end = all(3, said(stage::rcpt, 421));
    end.cut_at = 0;
    CHECK(after(plan, end, false) == next::fresh_connection);
    CHECK(plan.group(any) == recipient_group{1, 2, 0});

    // Now the others are taken, and it ends the connection again.
    end.accepted = {0, 1};
    end.cut_at = 2;
    CHECK(after(plan, end, false) == next::fresh_connection);
    CHECK(plan.group(any) == recipient_group{1, 2});
    CHECK(after(plan, taken(2)) == next::over);

    // Where every recipient gets it, it is no recipient's.
    auto dead = plan_for(3);
    auto no = all(3, said(stage::rcpt, 421));
    no.cut_at = 0;
    CHECK(after(dead, no, false) == next::fresh_connection);
    CHECK(after(dead, no, false) == next::next_host);
    CHECK(dead.gave_up());
}

TEST_CASE("D5 recipients that are too many in the end are halved", "[outbound][attempt_plan]") {
    auto plan = plan_for(8);
    auto end = all(8, said(stage::eod, 554, {5, 5, 3}, "Recipient count exceeds"));
    end.again_at_once.assign(8, true);
    end.accepted = {0, 1, 2, 3, 4, 5, 6, 7};
    end.all_too_many = true;
    CHECK(after(plan, end) == next::same_connection);
    CHECK(plan.group(any).size() == 4);
    CHECK(plan.learnt().recipients == 4);
}

TEST_CASE("D12 an extension that does not work is left out once", "[outbound][attempt_plan]") {
    auto plan = plan_for(1);
    auto end = all(1, said(stage::eod, 502, {5, 5, 1}, "not implemented"));
    end.accepted = {0};
    end.failing = {extension::chunking};
    CHECK(after(plan, end) == next::fresh_connection);
    CHECK(plan.without().has(extension::chunking));
    CHECK(plan.learnt().without.empty());

    SECTION("and remembered when it goes without") {
        CHECK(after(plan, taken(1)) == next::over);
        CHECK(plan.learnt().without == extension_set{extension::chunking});
    }
    SECTION("and the refusal counts when it does not") {
        auto again = all(1, said(stage::mail, 502));
        CHECK(after(plan, again) == next::over);
        CHECK(plan.learnt().without.empty());
        CHECK(plan.verdicts(no_verdict).front().verdict.outcome == outcome::failed);
    }
}

TEST_CASE("D1 refusals that are not proven are asked for in lockstep", "[outbound]") {
    auto plan = plan_for(2);
    auto end = all(2, judge(stage::data, net::make_error_code(net::errc::end_of_stream)));
    end.refusals_forgotten = true;
    CHECK(after(plan, end, false) == next::fresh_connection);
    CHECK(plan.without().has(extension::pipelining));
    CHECK(plan.learnt().without.has(extension::pipelining));
}

TEST_CASE("D1 a group that is out of step is said once more, one by one", "[outbound]") {
    auto plan = plan_for(2);
    auto end = all(2, judge_protocol(stage::rcpt, "an unexpected reply: \"354 x\""));
    end.out_of_step = true;
    end.group_out_of_step = true;
    CHECK(after(plan, end, false) == next::fresh_connection);
    CHECK(plan.without().has(extension::pipelining));
    CHECK_FALSE(plan.reached());
    end.group_out_of_step = false;
    CHECK(after(plan, end, false) == next::next_host);
    CHECK(plan.verdicts(no_verdict).front().verdict.cause == cause::protocol);
}

TEST_CASE("D1 replies out of step defer, and are remembered", "[outbound][attempt_plan]") {
    auto plan = plan_for(2);
    auto end = all(2, judge_protocol(stage::data, "an unexpected reply: \"250 x\""));
    end.out_of_step = true;
    end.unasked = true;
    CHECK(after(plan, end, false) == next::next_host);
    CHECK(plan.learnt().unasked);
    CHECK(plan.learnt().without.has(extension::pipelining));
    CHECK(plan.verdicts(no_verdict).front().verdict.cause == cause::protocol);
}

TEST_CASE("D1 a connection that is not trusted costs nothing", "[outbound][attempt_plan]") {
    auto plan = plan_for(1, 0ms);
    auto end = kept(all(1, judge(stage::mail, net::make_error_code(net::errc::end_of_stream))), 3);
    end.stale = true;
    end.unasked = true;
    CHECK(after(plan, end, false) == next::any_connection);
    CHECK(plan.may_connect(start + 1h));
    CHECK_FALSE(plan.reached());
    CHECK(plan.learnt().unasked);
}

TEST_CASE("D8 few hosts, few refusals, little time", "[outbound][attempt_plan]") {
    auto refused = plan_for(1);
    CHECK(refused.host_failed(said(stage::banner, 421, {4, 3, 2}, "busy"), start));
    CHECK_FALSE(refused.host_failed(said(stage::banner, 421, {4, 3, 2}, "busy"), start));

    auto provider = plan_for(1);
    CHECK_FALSE(provider.host_failed(said(stage::banner, 421, {4, 7, 0}, "[TSS04]"), start));
    auto by_code = plan_for(1);
    CHECK_FALSE(by_code.host_failed(said(stage::banner, 554, {5, 7, 1}, "reputation"), start));

    const auto silent = judge(stage::connect, net::make_error_code(net::errc::timed_out));
    auto dead = plan_for(1);
    int hosts = 1;
    while (dead.host_failed(silent, start))
        ++hosts;
    CHECK(hosts == 5);

    auto late = plan_for(1, 5s);
    CHECK(late.host_failed(silent, start + 2s));
    CHECK_FALSE(late.host_failed(silent, start + 6s));
    auto long_lived = plan_for(1);
    CHECK(long_lived.host_failed(silent, start + 10min));
    CHECK_FALSE(long_lived.host_failed(silent, start + 20min));

    // What was not tried does not count, and the first host is tried whatever the time.
    auto free = plan_for(1, 0ms);
    CHECK(free.may_connect(start + 1h));
    auto unreachable = plan_for(1);
    for (int i = 0; i < 20; ++i) {
        unreachable.next_host_is_free();
        CHECK(unreachable.host_failed(silent, start));
    }
}

TEST_CASE("recipients that were not tried yet are no failures", "[outbound][attempt_plan]") {
    auto plan = plan_for(4);
    auto end = all(2, said(stage::rcpt, 550, {5, 1, 1}));
    CHECK(plan.after(end, plan.group(2), true, start) == next::same_connection);
    CHECK(plan.after(end, plan.group(2), true, start) == next::over);

    auto closed = plan_for(4);
    CHECK(closed.after(end, closed.group(2), false, start) == next::fresh_connection);
    for (const auto& each : closed.verdicts(no_verdict))
        CHECK(each.untried == (each.recipient >= 2));
}

TEST_CASE("C051 a host that can't serve us makes way for the next", "[outbound][attempt_plan]") {
    auto plan = plan_for(2);
    CHECK(after(plan, all(2, said(stage::mail, 451))) == next::next_host);
    CHECK(after(plan, all(2, said(stage::mail, 451))) == next::over);
    CHECK(plan.gave_up());
    CHECK(plan.verdicts(no_verdict).size() == 2);
}
