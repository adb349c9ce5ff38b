#include "queue/progress.hpp"

#include "tests/queue/deliveries.hpp"
#include "tests/support/catch.hpp"

using namespace kurir::queue;
using tests::delivery_due;
using tests::noon;
using namespace std::chrono_literals;
using recipients = std::vector<std::uint32_t>;

namespace {

progress message_to(std::uint32_t count) {
    return {.extent = {.recipients = count, .chunks = 1, .size = 1000}};
}

delivery to(recipients all, std::uint32_t attempts = 0) {
    auto made = delivery_due(1, noon, attempts);
    made.recipients = std::move(all);
    return made;
}

recipient_state state_of(std::uint32_t recipient, std::uint32_t attempts) {
    recipient_state made;
    made.index = recipient;
    made.attempts = attempts;
    return made;
}

settlement end_of(delivery attempted, recipients finished, recipients deferred = {}) {
    settlement end;
    end.finished = std::move(finished);
    for (const auto each : deferred)
        end.unfinished.push_back(state_of(each, attempted.attempts + 1));
    if (!deferred.empty()) {
        end.again.push_back(attempted);
        end.again.back().recipients = std::move(deferred);
        end.again.back().due = noon + 1h;
    }
    end.attempted = std::move(attempted);
    return end;
}

recipients states_of(const settlement& end) {
    recipients all;
    for (const auto& each : end.unfinished)
        all.push_back(each.index);
    return all;
}

}  // namespace

TEST_CASE(
    "a message ends with its last recipient, in any order and division", "[queue][progress]"
) {
    const auto parts = GENERATE(
        std::vector<recipients>{{0, 1, 2}},
        std::vector<recipients>{{0}, {1}, {2}},
        std::vector<recipients>{{2}, {0, 1}},
        std::vector<recipients>{{1, 2}, {0}}
    );
    auto message = message_to(3);
    store_totals totals{.messages = 5, .recipients = 20, .bytes = 7000};

    for (std::size_t i = 0; i < parts.size(); ++i) {
        auto end = end_of(to(parts[i]), parts[i]);
        const auto effect = finish(end, message);
        subtract(totals, effect, message.extent);
        CHECK(effect.recipients == parts[i].size());
        CHECK(effect.message_ended == (i + 1 == parts.size()));
        CHECK(message.gone == effect.message_ended);
    }

    CHECK(totals == store_totals{.messages = 4, .recipients = 17, .bytes = 6000});
}

TEST_CASE("who is finished stays finished", "[queue][progress]") {
    auto message = message_to(4);
    auto first = end_of(to({0, 1}), {0, 1});
    finish(first, message);

    // Another settlement names them once more: as finished, as unfinished, to be tried again.
    auto second = end_of(to({0, 1, 2}), {0}, {1, 2});
    const auto effect = finish(second, message);

    CHECK(effect.recipients == 0);
    CHECK(states_of(second) == recipients{2});
    REQUIRE(second.again.size() == 1);
    CHECK(second.again[0].recipients == recipients{2});
    CHECK(message.finished == std::set<std::uint32_t>{0, 1});
    CHECK(message.tried == std::set<std::uint32_t>{2});
}

TEST_CASE("an entry that would have no recipient is not made", "[queue][progress]") {
    auto message = message_to(3);
    message.note(1, true);
    auto end = end_of(to({1}), {}, {1});
    CHECK_FALSE(finish(end, message).message_ended);
    CHECK(end.again.empty());
    CHECK(end.unfinished.empty());
}

TEST_CASE("what is withheld loses whom an operator removed", "[queue][progress]") {
    auto message = message_to(4);
    message.note(1, true);
    auto end = end_of(to({0, 1, 2}), {0});
    end.withheld = to({1, 2});
    finish(end, message);
    REQUIRE(end.withheld);
    CHECK(end.withheld->recipients == recipients{2});

    auto last = end_of(to({3}), {2, 3});
    last.withheld = to({2});
    finish(last, message);
    CHECK_FALSE(last.withheld);
}

TEST_CASE("a recipient that the message does not have changes nothing", "[queue][progress]") {
    auto message = message_to(2);
    auto end = end_of(to({0, 7}), {7});
    const auto effect = finish(end, message);
    CHECK(effect.recipients == 0);
    CHECK_FALSE(effect.message_ended);
    CHECK(end.finished.empty());
}

TEST_CASE("when a message ends, every record of its recipients is known", "[queue][progress]") {
    auto message = message_to(3);
    message.note(0, true);
    message.note(1, false);
    message.note(2, std::nullopt);  // can't be read: a duplicate is better than a loss
    CHECK(message.finished == std::set<std::uint32_t>{0});
    CHECK(message.tried == std::set<std::uint32_t>{1, 2});

    auto end = end_of(to({1, 2}, 1), {1, 2});
    CHECK(finish(end, message).message_ended);
    // Of these two, and of all that finished, the records are erased.
    CHECK(message.tried == std::set<std::uint32_t>{1, 2});
    CHECK(message.finished == std::set<std::uint32_t>{0, 1, 2});
}

TEST_CASE("the end that needs no look at the records", "[queue][progress]") {
    const message_extent two{.recipients = 2, .chunks = 1, .size = 1};
    CHECK(finishes_at_once(end_of(to({0, 1}), {0, 1}), two, true));
    CHECK_FALSE(finishes_at_once(end_of(to({0, 1}), {0, 1}), two, false));
    CHECK_FALSE(finishes_at_once(end_of(to({0, 1}, 1), {0, 1}), two, true));
    CHECK_FALSE(finishes_at_once(end_of(to({0, 1}), {0}, {1}), two, true));
    auto with_others = end_of(to({0, 1}), {0, 1});
    with_others.others.push_back(to({1}));
    CHECK_FALSE(finishes_at_once(with_others, two, true));
}

TEST_CASE("totals never fall below zero, whatever a damaged record says", "[queue][progress]") {
    auto message = message_to(3);
    store_totals totals{.messages = 0, .recipients = 1, .bytes = 10};
    auto end = end_of(to({0, 1, 2}), {0, 1, 2});
    subtract(totals, finish(end, message), message.extent);
    CHECK(totals == store_totals{});
}

TEST_CASE("an operator's removal is the end of an attempt", "[queue][progress]") {
    const auto whole = GENERATE(false, true);
    auto message = message_to(3);
    const entry_removal removal{.entry = to({0, 2}), .recipients = {2}, .whole = whole};
    auto end = settlement_of(removal, message.extent);
    CHECK(finish(end, message).message_ended == whole);

    const auto rest = rest_of(removal.entry, message);
    REQUIRE(rest.has_value() == !whole);
    if (rest) {
        CHECK(rest->recipients == recipients{0});
        CHECK(rest->due == removal.entry.due);
        CHECK(is_rest_of(*rest, removal.entry));
    }
}

TEST_CASE("only a smaller entry of the same attempt is the rest of one", "[queue][progress]") {
    CHECK(is_rest_of(to({2}), to({0, 2})));
    CHECK(is_rest_of(to({0, 2}), to({0, 2})));
    CHECK_FALSE(is_rest_of(to({1}), to({0, 2})));
    CHECK_FALSE(is_rest_of(to({0, 1, 2}), to({0, 2})));
    CHECK_FALSE(is_rest_of(to({2}, 1), to({0, 2})));
}

TEST_CASE("a settlement counts by its claim", "[queue][progress]") {
    CHECK(standing_of(3, entry_facts{.fence = 3, .there = true}) == standing::held);
    CHECK(standing_of(3, entry_facts{.fence = 3, .there = false}) == standing::settled);
    CHECK(standing_of(3, entry_facts{.fence = 4, .there = true}) == standing::lost);
    CHECK(standing_of(3, entry_facts{.fence = 4, .there = false}) == standing::lost);
    CHECK(standing_of(3, std::nullopt) == standing::settled);
}
