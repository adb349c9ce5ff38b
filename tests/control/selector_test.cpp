#include "relay/control/selector.hpp"

#include <string>
#include <variant>
#include <vector>

#include "relay/control/criteria.hpp"
#include "tests/outbound/scheduler_world.hpp"

using namespace tests;
using kurir::control::criteria;
using kurir::control::selector;

namespace {

selector wanted(const criteria& given) {
    auto read = selector::read(given);
    CAPTURE(given.empty() ? "" : given.front().first);
    REQUIRE(std::holds_alternative<selector>(read));
    return std::get<selector>(std::move(read));
}

std::string mistake(const std::string& name, const std::string& value) {
    const auto read = selector::read({{name, value}});
    const auto* wrong = std::get_if<std::string>(&read);
    return wrong != nullptr ? *wrong : std::string();
}

// A queue with two deliveries: to one.test from a user by a route, and to two.test, deferred.
struct selected_queue : scheduler_world {
    selected_queue() : scheduler_world(usual(), relayhost()) {
        auto first = delivery_due(1, wall + 1h);
        first.domain = "one.test";
        first.received_at = wall - 3h;
        first.sender_domain = "shop.test";
        first.tenant = "shop";
        first.priority = queue::priority::bulk;
        first.terms = queue::delivery_terms{.route = "ses", .credential = "app@shop"};
        auto second = delivery_due(2, wall + 1h, 3);
        second.domain = "two.test";
        second.received_at = wall - 1min;
        second.size = 5 << 20;
        subject.arrived({first, second}, now());
    }

    std::vector<std::uint64_t> fitting(const criteria& given) {
        const auto chosen = wanted(given);
        std::vector<std::uint64_t> ids;
        subject.backlog().each([&](queue::backlog::slot item) {
            if (chosen.fits(subject, item, wall)) ids.push_back(subject.backlog().id(item).value());
        });
        return ids;
    }
};

using ids = std::vector<std::uint64_t>;

queue::stored_message message_to(const std::vector<std::string>& addresses) {
    queue::stored_message made;
    made.mail.reverse_path = "App@shop.test";
    made.mail.client = "192.0.2.7";
    for (const auto& each : addresses)
        made.mail.recipients.push_back({each});
    return made;
}

}  // namespace

TEST_CASE("each criterion that memory knows selects", "[control][selector]") {
    selected_queue world;
    CHECK(world.fitting({}) == ids{1, 2});
    CHECK(world.fitting({{"domain", "one.*"}}) == ids{1});
    CHECK(world.fitting({{"destination", "two.test"}}) == ids{2});  // not known yet: the domain
    CHECK(world.fitting({{"route", "SES"}}) == ids{1});
    CHECK(world.fitting({{"user", "app@*"}}) == ids{1});
    CHECK(world.fitting({{"tenant", "shop"}}) == ids{1});
    CHECK(world.fitting({{"state", "deferred"}}) == ids{2});
    CHECK(world.fitting({{"priority", "bulk"}}) == ids{1});
    CHECK(world.fitting({{"older", "2h"}}) == ids{1});
    CHECK(world.fitting({{"newer", "2h"}}) == ids{2});
    CHECK(world.fitting({{"larger", "1M"}}) == ids{2});
    CHECK(world.fitting({{"id", queue::message_id(2).text()}}) == ids{2});
    CHECK(world.fitting({{"domain", "*.test"}, {"state", "ready"}}) == ids{1});
    CHECK(world.fitting({{"domain", "one.*"}, {"domain", "two.*"}}).empty());
}

TEST_CASE("recipients are chosen by the envelope", "[control][selector]") {
    auto mail = message_to({"bob@one.test", "Eve@one.test", "carl@one.test"});
    mail.states.push_back(
        {.index = 1, .status = "4.2.2", .diagnostic = "mailbox full", .remote = "mx.one.test"}
    );
    auto waiting = delivery_due(1, noon);
    waiting.recipients = {0, 1};
    const auto chosen = [&](const criteria& given) { return wanted(given).chosen(waiting, mail); };
    using positions = std::vector<std::uint32_t>;
    CHECK(chosen({{"from", "app@*"}}) == positions{0, 1});
    CHECK(chosen({{"from", "<>"}}).empty());
    CHECK(chosen({{"to", "eve@*"}}) == positions{1});
    CHECK(chosen({{"to", "carl@*"}}).empty());  // of another delivery
    CHECK(chosen({{"client", "192.0.2.*"}}) == positions{0, 1});
    CHECK(chosen({{"reason", "FULL$"}}) == positions{1});
    CHECK(chosen({{"reason", "^mx\\.one\\.test: "}}) == positions{1});
    waiting.terms = queue::delivery_terms{
        .hold = queue::operator_hold{.since = {}, .operator_name = "ann", .reason = "legal"}
    };
    CHECK(chosen({{"reason", "legal"}}) == positions{0, 1});
    mail.mail.reverse_path.clear();
    CHECK(chosen({{"from", "<>"}}) == positions{0, 1});
    CHECK(wanted({{"from", "x"}}).needs_envelope());
    CHECK_FALSE(wanted({{"domain", "x"}}).needs_envelope());
}

TEST_CASE("a mistake names its criterion", "[control][selector]") {
    using Catch::Matchers::ContainsSubstring;
    CHECK_THAT(mistake("moon", "1"), ContainsSubstring("\"moon\" is no criterion"));
    for (const auto& [name, kind, help] : kurir::control::known_criteria) {
        CAPTURE(name);
        CHECK_THAT(mistake(std::string(name), ""), ContainsSubstring(std::string(name)));
    }
    CHECK_THAT(
        mistake("state", "Held"), ContainsSubstring("incoming, ready, active, deferred, held")
    );
    CHECK_THAT(mistake("priority", "high"), ContainsSubstring("normal, urgent, bulk"));
    CHECK_THAT(mistake("older", "3"), ContainsSubstring("duration"));
    CHECK_THAT(mistake("newer", "x"), ContainsSubstring("duration"));
    CHECK_THAT(mistake("larger", "big"), ContainsSubstring("size"));
    CHECK_THAT(mistake("reason", "("), ContainsSubstring("regular expression"));
    CHECK_THAT(mistake("id", "1,2"), ContainsSubstring("id"));
}

TEST_CASE("a pattern that explodes elsewhere does not keep us busy", "[control][selector]") {
    auto mail = message_to({"bob@one.test"});
    mail.states.push_back(
        {.index = 0, .status = "4.0.0", .diagnostic = std::string(500, 'a') + '!', .remote = {}}
    );
    auto waiting = delivery_due(1, noon);
    CHECK(wanted({{"reason", "^(a+)+$"}}).chosen(waiting, mail).empty());
}
