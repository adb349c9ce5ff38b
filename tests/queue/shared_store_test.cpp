// The promises of queue/shared_store.hpp, tested on every store that has several owners.
#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

#include "tests/queue/contract_cases.hpp"

using namespace tests;

namespace {

queue::message_id commit_due(owner& process, std::chrono::milliseconds pause) {
    auto made = mail(process.store().allocate(), "body");
    made.deliveries.front().due = noon + pause;
    const auto id = made.mail.id;
    REQUIRE(process.commit(std::move(made)));
    return id;
}

std::vector<queue::message_id> ids_of(const std::vector<queue::other_entry>& entries) {
    std::vector<queue::message_id> ids;
    for (const auto& each : entries)
        ids.push_back(each.waiting.id);
    return ids;
}

queue::entry_name name_in(const queue::other_entry& each) {
    return {each.waiting.id, each.waiting.entry};
}

queue::node self_in(const std::vector<queue::node>& all) {
    return *std::ranges::find(all, true, &queue::node::is_self);
}

}  // namespace

TEMPLATE_TEST_CASE("what waits is seen by every owner", "[queue][shared]", SHARED_BACKENDS) {
    TestType backend;
    const auto first = backend.open();
    const auto second = backend.open();
    std::vector<queue::message_id> ids;
    for (int i = 0; i < 5; ++i)
        ids.push_back(commit_due(*first, 1h));
    for (shared_owner* process : std::initializer_list<shared_owner*>{first.get(), second.get()}) {
        const auto all = process->browse({}, 10);
        CHECK(ids_of(all.found) == ids);
        CHECK_FALSE(all.next);
        for (const auto& each : all.found) {
            CHECK(each.waiting.due == noon + 1h);
            CHECK(each.waiting.domain == "example.com");
            CHECK(each.holder.empty());
            CHECK_FALSE(each.held_until);
        }
    }
    CHECK(ids_of(second->find({ids[3], ids[1]})) == std::vector{ids[1], ids[3]});
    CHECK(second->find({queue::message_id(999)}).empty());
}

TEMPLATE_TEST_CASE("pages go on where the last one ended", "[queue][shared]", SHARED_BACKENDS) {
    TestType backend;
    const auto first = backend.open();
    std::vector<queue::message_id> ids;
    for (int i = 0; i < 7; ++i)
        ids.push_back(commit_due(*first, 1h));
    std::vector<queue::message_id> seen;
    std::optional<queue::entry_name> next = queue::entry_name();
    int pages = 0;
    for (; next && pages < 10; ++pages) {
        const auto page = first->browse(*next, 3);
        CHECK(page.found.size() <= 3);
        for (const auto id : ids_of(page.found))
            seen.push_back(id);
        next = page.next;
    }
    CHECK(pages == 3);
    CHECK(seen == ids);
    // From an entry on, with it.
    const auto fifth = name_in(first->find({ids[4]}).front());
    CHECK(ids_of(first->browse(fifth, 10).found) == std::vector{ids[4], ids[5], ids[6]});
}

TEMPLATE_TEST_CASE("who has a delivery is told to others", "[queue][shared]", SHARED_BACKENDS) {
    TestType backend;
    const auto first = backend.open();
    const auto second = backend.open();
    const auto id = commit_due(*first, 0ms);
    CHECK(first->seen.deliveries(1).size() == 1);
    CHECK(first->browse({}, 10).found.empty());  // its own

    const auto other = second->browse({}, 10).found;
    REQUIRE(ids_of(other) == std::vector{id});
    const auto self = self_in(first->nodes());
    CHECK(other.front().holder == queue::name_of(self.facts.host, self.id));
    CHECK(other.front().held_until == noon + TestType::lease);
    CHECK(second->take({name_in(other.front())}) == 0);
    CHECK(second->seen.deliveries(0).empty());

    // Until its lease ends.
    backend.pass(TestType::lease);
    CHECK(second->find({id}).front().holder.empty());
    CHECK(second->take({name_in(other.front())}) == 1);
    CHECK(ids_of(first->browse({}, 10).found) == std::vector{id});
}

TEMPLATE_TEST_CASE("what is not due can be taken", "[queue][shared]", SHARED_BACKENDS) {
    TestType backend;
    const auto first = backend.open();
    const auto second = backend.open();
    const auto id = commit_due(*first, 1h);
    commit_due(*first, 2h);
    const auto name = name_in(second->find({id}).front());
    CHECK(
        second->take({name, {queue::message_id(999), name.entry}, {id, queue::entry_id(99)}}) == 1
    );
    const auto taken = second->seen.deliveries(1);
    REQUIRE(taken.size() == 1);
    CHECK(taken.front().id == id);
    CHECK(taken.front().entry == name.entry);
    CHECK(taken.front().due == noon + 1h);
    CHECK(second->browse({}, 10).found.size() == 1);
    CHECK(first->take({name}) == 0);

    SECTION("and settled") {
        CHECK(second->settle(all_deferred(taken.front(), noon + 3h)));
        const auto again = first->find({id});
        REQUIRE(again.size() == 1);
        CHECK(again.front().holder.empty());
        CHECK(again.front().waiting.due == noon + 3h);
    }
    SECTION("and given back") {
        second->release({{id, name.entry, taken.front().fence}});
        CHECK(first->find({id}).front().holder.empty());
        CHECK(first->take({name}) == 1);
        CHECK(first->seen.deliveries(1).front().fence > taken.front().fence);
    }
}

TEMPLATE_TEST_CASE(
    "what an operator holds is nobody's until it is taken", "[queue][shared]", SHARED_BACKENDS
) {
    TestType backend;
    const auto first = backend.open();
    const auto second = backend.open();
    const auto id = commit_due(*first, 0ms);
    auto end = all_deferred(first->seen.deliveries(1).front(), noon - 1s);
    end.again.front().terms = queue::delivery_terms{
        .hold = queue::operator_hold{.operator_name = "ann", .reason = "wait"}
    };
    CHECK(first->settle(end));
    backend.pass(1h);
    for (shared_owner* process : std::initializer_list<shared_owner*>{first.get(), second.get()}) {
        process->claim(10);
        const auto seen = process->find({id});
        REQUIRE(seen.size() == 1);
        CHECK(seen.front().holder.empty());
        CHECK(seen.front().waiting.due == noon - 1s);
    }
    CHECK(second->take({name_in(second->find({id}).front())}) == 1);
    const auto taken = second->seen.deliveries(1).front();
    CHECK(taken.due == noon - 1s);
    REQUIRE(taken.terms->hold);
    auto released = all_deferred(taken, noon);
    released.again.front().terms = {};
    CHECK(second->settle(released));
    CHECK(second->seen.deliveries(2).size() == 2);
}

TEMPLATE_TEST_CASE("nodes are known as long as they live", "[queue][shared]", SHARED_BACKENDS) {
    TestType backend;
    auto first = backend.open();
    auto second = backend.open();
    first->totals();  // it has been heard of
    second->totals();
    commit_due(*first, 0ms);
    commit_due(*first, 1h);
    const auto both = first->nodes();
    REQUIRE(both.size() == 2);
    CHECK(self_in(both).claimed == 1);
    CHECK(self_in(both).id != self_in(second->nodes()).id);
    CHECK(self_in(both).silent == 0ms);
    const auto heard = second->heard_nodes();
    REQUIRE(heard.size() == 2);
    CHECK(heard.front().id == both.front().id);
    CHECK(self_in(heard).id == self_in(second->nodes()).id);
    CHECK(self_in(heard).claimed == 0);

    SECTION("one that is killed grows silent, and is forgotten later") {
        second->die();
        backend.pass(20s);
        first->claim(0);
        first->totals();
        const auto all = first->nodes();
        REQUIRE(all.size() == 2);
        CHECK(self_in(all).silent == 0ms);
        CHECK(self_in(all).age == 20s);
        CHECK(std::ranges::count(all, 20s, &queue::node::silent) == 1);
    }
    SECTION("one that ends is gone") {
        second->close();
        CHECK(first->nodes().size() == 1);
    }
}

TEMPLATE_TEST_CASE("all hear what nodes tell for long", "[queue][shared]", SHARED_BACKENDS) {
    TestType backend;
    auto first = backend.open();
    auto second = backend.open();
    const std::string text("a\0b", 3);
    const auto own = first->exchange({.lasting = {{text, 1h}, {"short", 1s}}});
    REQUIRE(own.lasting.size() == 2);
    CHECK(own.lasting.front().text == text);
    CHECK_FALSE(own.more);
    CHECK(first->exchange({.last = own.last}).lasting.empty());
    const auto heard = second->exchange({});
    CHECK(heard.last == own.last);
    REQUIRE(heard.lasting.size() == 2);
    CHECK(heard.lasting.back().text == "short");

    first->die();
    backend.pass(5s);
    const auto later = backend.open()->exchange({.lasting = {{"more", 1h}}, .last = own.last});
    REQUIRE(later.lasting.size() == 1);
    CHECK(later.lasting.front().age == 0ms);
    CHECK(later.last.number > own.last.number);
    const auto all = second->exchange({});
    REQUIRE(all.lasting.size() >= 2);
    CHECK(all.lasting.front().text == text);
    CHECK(all.lasting.front().age == 5s);
    CHECK(all.lasting.back().text == "more");
}

TEMPLATE_TEST_CASE("words that last are read in pages", "[queue][shared]", SHARED_BACKENDS) {
    TestType backend;
    auto first = backend.open();
    auto second = backend.open();
    constexpr std::size_t count = queue::lasting_page_max + 20;
    for (std::size_t i = 0; i < count; ++i)
        first->exchange({.lasting = {{std::to_string(i), 1h}}});
    auto heard = second->exchange({});
    CHECK(heard.lasting.size() == queue::lasting_page_max);
    CHECK(heard.more);
    heard = second->exchange({.last = heard.last});
    CHECK(heard.lasting.size() == 20);
    CHECK(heard.lasting.back().text == std::to_string(count - 1));
    CHECK_FALSE(heard.more);
}

TEMPLATE_TEST_CASE(
    "a name is given once by all nodes together", "[queue][shared]", SHARED_BACKENDS
) {
    TestType backend;
    std::vector<std::unique_ptr<shared_owner>> nodes;
    for (int i = 0; i < 3; ++i)
        nodes.push_back(backend.open());
    constexpr int rounds = 20;
    std::atomic<int> stored = 0;
    std::atomic<int> known = 0;
    std::vector<std::jthread> senders;
    for (auto& node : nodes) {
        senders.emplace_back([&] {
            for (int round = 0; round < rounds; ++round) {
                auto made = mail(node->store().allocate(), "body");
                made.names = {"name " + std::to_string(round), "other " + std::to_string(round)};
                if (&node == &nodes.back()) std::swap(made.names[0], made.names[1]);
                made.names_are_new = true;
                const auto outcome = node->commit(std::move(made));
                if (outcome) ++stored;
                if (!outcome && outcome.error() == queue::errc::known) ++known;
            }
        });
    }
    senders.clear();
    CHECK(stored == rounds);
    CHECK(known == 2 * rounds);
    CHECK(nodes.front()->totals().messages == rounds);
}

TEMPLATE_TEST_CASE("a node hears whether it is told of", "[queue][shared]", SHARED_BACKENDS) {
    TestType backend;
    auto first = backend.open();
    auto second = backend.open();
    first->totals();                           // it has been heard of
    CHECK_FALSE(first->exchange({}).is_told);  // it has told nothing
    second->totals();
    CHECK(second->exchange({.words = "words"}).is_told);
    CHECK(second->exchange({}).is_told);
    CHECK_FALSE(first->exchange({}).is_told);

    backend.pass(20s);  // too long for the others
    first->claim(0);
    first->totals();
    CHECK_FALSE(second->exchange({}).is_told);
    CHECK(first->tell(std::nullopt).empty());
    second->claim(0);
    second->totals();
    CHECK(second->exchange({}).is_told);
    CHECK(first->tell(std::nullopt).size() == 1);
}

TEMPLATE_TEST_CASE("nodes hear what the others tell", "[queue][shared]", SHARED_BACKENDS) {
    TestType backend;
    auto first = backend.open();
    auto second = backend.open();
    first->totals();  // it has been heard of
    second->totals();
    const std::string words = std::string("a\0b", 3) + std::string(100'000, 'x');
    CHECK(first->tell(words).empty());
    const auto heard = second->tell(std::nullopt);
    REQUIRE(heard.size() == 1);
    CHECK(heard.front().text == words);
    CHECK(heard.front().age == 0ms);
    CHECK(first->tell(std::nullopt).empty());

    backend.pass(5s);
    first->totals();
    second->totals();
    CHECK(second->tell("mine").front().age == 5s);
    REQUIRE(first->tell("other").size() == 1);
    CHECK(second->tell(std::nullopt).front().text == "other");
    CHECK(second->tell(std::nullopt).front().age == 0ms);

    SECTION("nothing of one that is silent") {
        second->die();
        backend.pass(20s);
        first->claim(0);
        first->totals();
        CHECK(first->tell(std::nullopt).empty());
    }
    SECTION("nothing of one that has ended") {
        second->close();
        CHECK(first->tell(std::nullopt).empty());
    }
}
