// What a submission brings beside the message, on every store: names, and states of recipients.
#include "tests/queue/backends.hpp"

using namespace tests;

namespace {

std::vector<queue::delivery> first_announced(owner& process) {
    process.claim(1);
    return process.seen.deliveries(1);
}

}  // namespace

TEMPLATE_TEST_CASE(
    "what another relay has learnt of a recipient comes with it",
    "[queue]",
    tests::rocks_backend,
    tests::memory_backend,
    tests::postgres_queue
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
    "a message is known by its names, also when it has left",
    "[queue]",
    tests::rocks_backend,
    tests::memory_backend,
    tests::postgres_queue
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
