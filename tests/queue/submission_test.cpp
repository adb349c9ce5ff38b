// What a submission brings beside the message, on every store: names, and states of recipients.
#include <atomic>
#include <future>

#include "tests/queue/contract_cases.hpp"

using namespace tests;

namespace {

std::vector<queue::delivery> first_announced(owner& process) {
    process.claim(1);
    return process.seen.deliveries(1);
}

}  // namespace

TEMPLATE_TEST_CASE(
    "what another relay has learnt of a recipient comes with it", "[queue]", EVERY_BACKEND
) {
    TestType backend;
    std::unique_ptr<owner> process = backend.open();
    auto made = mail(process->store().allocate(), "body", 2);
    made.deliveries[0].attempts = 3;
    queue::recipient_state state;
    state.index = 1;
    state.attempts = 3;
    state.last_attempt = noon;
    state.status = "4.2.2";
    made.states = {state};
    const auto id = made.mail.id;
    const auto states = made.states;
    REQUIRE(process->commit(std::move(made)));
    auto announced = first_announced(*process);
    REQUIRE(announced.size() == 1);
    CHECK(announced[0].attempts == 3);
    CHECK((*process->read(id))->states == states);
    if (const auto recent = process->store().read_recent(id)) CHECK(recent->states == states);

    process->close();
    process = backend.open();
    announced = first_announced(*process);
    CHECK(announced[0].attempts == 3);
    CHECK((*process->read(id))->states == states);
    REQUIRE(process->settle(all_finished(announced[0])));
    CHECK(process->totals() == queue::store_totals{});
}

TEMPLATE_TEST_CASE(
    "a message is known by its names, also when it has left", "[queue]", EVERY_BACKEND
) {
    TestType backend;
    std::unique_ptr<owner> process = backend.open();
    auto made = mail(process->store().allocate(), "body");
    made.names = {"first", "second"};
    const auto id = made.mail.id;
    REQUIRE(process->commit(std::move(made)));
    const auto wanted = queue::named_messages{id, std::nullopt, id};
    CHECK(*process->find_names({"first", "other", "second"}) == wanted);
    CHECK(process->find_names({})->empty());

    REQUIRE(process->settle(all_finished(first_announced(*process)[0])));
    process->close();
    process = backend.open();
    CHECK(*process->find_names({"first", "other", "second"}) == wanted);
    backend.pass(std::chrono::days(30));
    process->close();
    process = backend.open();
    CHECK(*process->find_names({"first", "other", "second"}) == wanted);
    process->close();
    CHECK(process->find_names({"first"}).error() == queue::errc::closed);
}

TEMPLATE_TEST_CASE(
    "of messages whose names must be new, one is stored for each name", "[queue]", EVERY_BACKEND
) {
    TestType backend;
    std::unique_ptr<owner> process = backend.open();
    const auto named = [&](std::vector<std::string> names) {
        auto made = mail(process->store().allocate(), "body");
        made.names = std::move(names);
        made.names_are_new = true;
        return made;
    };
    auto first = named({"first", "second"});
    const auto id = first.mail.id;
    REQUIRE(process->commit(std::move(first)));
    CHECK(process->commit(named({"other", "second"})).error() == queue::errc::known);
    CHECK(process->totals().messages == 1);
    CHECK(*process->find_names({"second", "other"}) == queue::named_messages{id, std::nullopt});
    CHECK(process->commit(named({"other"})));

    SECTION("a body of several chunks goes with it") {
        auto large = named({"first"});
        large.mail.chunks = 2;
        REQUIRE(process->append(large.mail.id, 0, "chunk"));
        CHECK(process->commit(large).error() == queue::errc::known);
        process->store().discard(large.mail.id, 1);
        CHECK(process->commit(named({"later"})));
        CHECK_FALSE(process->read_chunk(large.mail.id, 0));
    }
    SECTION("also when the message has left, and after a restart") {
        for (const auto& each : first_announced(*process)) {
            if (each.id == id) REQUIRE(process->settle(all_finished(each)));
        }
        process->close();
        process = backend.open();
        CHECK(process->commit(named({"first"})).error() == queue::errc::known);
    }
    SECTION("of several that come at one time") {
        constexpr std::size_t count = 20;
        std::atomic<std::size_t> stored = 0;
        std::atomic<std::size_t> known = 0;
        std::vector<std::future<void>> ends;
        for (std::size_t i = 0; i < count; ++i) {
            auto ended = std::make_shared<std::promise<void>>();
            ends.push_back(ended->get_future());
            // In both orders, and among others.
            auto made = i % 2 == 0 ? named({"x", "y"}) : named({"y", "x"});
            process->store().commit(std::move(made), process->home, [&, ended](auto outcome) {
                if (outcome) ++stored;
                if (!outcome && outcome.error() == queue::errc::known) ++known;
                ended->set_value();
            });
            CHECK(process->commit(mail(process->store().allocate(), "body")));
        }
        for (auto& each : ends)
            REQUIRE(each.wait_for(20s) == std::future_status::ready);
        CHECK(stored == 1);
        CHECK(known == count - 1);
        CHECK(process->totals().messages == 3 + count);
    }
}
