#include "relay/app/handover_mark.hpp"

#include <chrono>
#include <string>

#include "tests/support/catch.hpp"

using namespace kurir;
using namespace kurir::app;

namespace {

const queue::calendar_time mark_time{std::chrono::seconds(1'795'836'000)};

queue::operator_hold hold_because(std::string reason) {
    return {mark_time, "ann", std::move(reason)};
}

}  // namespace

TEST_CASE("a mark says where a message went, and under which name", "[app][handover]") {
    const handover_mark mark{.peer = "other:9926", .hostname = "old.test"};
    const auto hold = hold_of(mark, mark_time);
    REQUIRE(hold);
    CHECK(hold->reason == "handed over to other:9926 as old.test");
    CHECK(hold->operator_name == "KURIR_HANDOVER");
    CHECK(hold->since == mark_time);
    CHECK(mark_in(*hold) == mark);
}

TEST_CASE("a mark has the hold that it takes the place of", "[app][handover]") {
    const auto before = hold_because("a reason as b, held before: c");
    const handover_mark mark{.peer = "[::1]:9926", .hostname = "old.test", .before = before};
    const auto hold = hold_of(mark, mark_time + std::chrono::hours(1));
    REQUIRE(hold);
    CHECK(hold->since == before.since);
    CHECK(hold->operator_name == "ann");
    CHECK(mark_in(*hold) == mark);
    const handover_mark silent{.peer = "o:1", .hostname = "h", .before = hold_because("")};
    CHECK(mark_in(*hold_of(silent, mark_time)) == silent);
}

TEST_CASE("a mark fits into a hold", "[app][handover]") {
    handover_mark mark{
        .peer = std::string(200, 'p') + ":9926",
        .hostname = std::string(200, 'h'),
        .before = hold_because(std::string(queue::longest::reason, 'r')),
    };
    const auto hold = hold_of(mark, mark_time);
    REQUIRE(hold);
    CHECK(hold->reason.size() == queue::longest::reason);
    const auto read = mark_in(*hold);
    REQUIRE(read);
    CHECK(read->peer == mark.peer);
    CHECK(read->hostname == mark.hostname);
    CHECK(read->before->reason.starts_with("rrr"));
    mark.hostname = std::string(400, 'h');
    CHECK_FALSE(hold_of(mark, mark_time));
}

TEST_CASE("other holds are no marks", "[app][handover]") {
    for (const auto* reason :
         {"",
          "because",
          "moved to other",
          "handed over to other",
          "handed over to  as x",
          "handed over to other as ",
          "adopted: handed over to other:1 as old"}) {
        CAPTURE(reason);
        CHECK_FALSE(mark_in(hold_because(reason)));
    }
}

TEST_CASE("the peer of a URL is its place", "[app][handover]") {
    CHECK(peer_of("https://relay.test:9926") == "relay.test:9926");
    CHECK(peer_of("http://[::1]:1") == "[::1]:1");
}

TEST_CASE("what is adopted is free if this relay is named, and has not got it", "[app][handover]") {
    const relay_names ours{.machine = "kurir-0.kurir.mail.svc", .admin_port = 9926};
    const auto adopted = [&](const std::string& reason) {
        return adopted_hold(hold_because(reason), ours);
    };
    CHECK_FALSE(adopted_hold(std::nullopt, ours));
    for (const auto* place :
         {"kurir-0:9926", "KURIR-0.kurir:9926", "kurir-0.kurir.mail.svc:9926"}) {
        CAPTURE(place);
        CHECK_FALSE(adopted("handed over to " + std::string(place) + " as old.test"));
        const auto held =
            adopted("handed over to " + std::string(place) + " as old.test, held before: why");
        CHECK(held == hold_because("why"));
    }
    CHECK_FALSE(adopted("moved to kurir-0"));
    CHECK_FALSE(adopted("moved to kurir-0.kurir (the replica goes)"));
}

TEST_CASE("what another relay may have stays held when it is adopted", "[app][handover]") {
    const relay_names ours{.machine = "kurir-0.kurir.mail.svc", .admin_port = 9926};
    const auto adopted = [&](const std::string& reason) {
        return adopted_hold(hold_because(reason), ours)->reason;
    };
    for (const auto* place :
         {"kurir-1:9926",
          "kurir-0:1",
          "kurir-0.other:9926",
          "kurir-01:9926",
          "kurir:9926",
          ":9926",
          "kurir-0.kurir.mail.svc.x:9926"}) {
        CAPTURE(place);
        const auto reason = "handed over to " + std::string(place) + " as old.test";
        CHECK(adopted(reason) == "adopted: " + reason);
    }
    CHECK(adopted("moved to kurir-1 (why)") == "adopted: moved to kurir-1 (why)");
    CHECK(adopted("moved to kurir-0.other") == "adopted: moved to kurir-0.other");
    CHECK(adopted("an operator's") == "an operator's");
    CHECK(adopted("adopted: moved to kurir-1") == "adopted: moved to kurir-1");
    const auto longest = "moved to x (" + std::string(600, 'y');
    CHECK(adopted(longest).size() == queue::longest::reason);
    CHECK(adopted_hold(hold_because("handed over to kurir-0:1 as o"), {.machine = "kurir-0"}));
    CHECK(adopted_hold(hold_because("handed over to :1 as o"), {.machine = "", .admin_port = 1}));
}

TEST_CASE("a relay knows its own name", "[app][handover]") {
    const relay_names ours{.machine = "kurir-0.kurir.mail.svc", .admin_port = 9926};
    CHECK(names_relay("kurir-0.kurir:9926", ours));
    CHECK(names_relay("kurir-0", ours));
    CHECK_FALSE(names_relay("kurir-1.kurir:9926", ours));
    CHECK_FALSE(names_relay("kurir-0.kurir:9927", ours));
    CHECK_FALSE(names_relay("[::1]:9926", ours));
}

TEST_CASE("what a move may have given to another relay is left to it", "[app][handover]") {
    CHECK(may_be_elsewhere(hold_because("moved to mail2 (the replica goes)"), "mail1:9926"));
    CHECK(may_be_elsewhere(hold_because("moved to mail2"), "mail2.example:9926"));
    CHECK_FALSE(may_be_elsewhere(hold_because("moved to mail1"), "mail1:9926"));
    CHECK_FALSE(may_be_elsewhere(hold_because("moved to [::1]"), "[::1]:9926"));
    CHECK_FALSE(may_be_elsewhere(hold_because("customer asked"), "mail1:9926"));
}
