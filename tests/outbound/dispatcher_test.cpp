// What the dispatcher does with deliveries, jobs that come back, and failures, in virtual time.
#include "relay/net/clock.hpp"
#include "tests/outbound/dispatcher_world.hpp"

using namespace kurir;
using namespace kurir::outbound;
using namespace tests;

namespace {

// Refuses the recipients of these domains.
scripted_server::script refusing(std::vector<std::string> domains) {
    return [domains = std::move(domains)](std::size_t, const std::string& line) {
        const bool applies = std::ranges::any_of(domains, [&](const std::string& domain) {
            return line.starts_with("RCPT") && line.find('@' + domain) != std::string::npos;
        });
        return applies ? std::optional<std::string>("550 5.1.1 unknown\r\n") : std::nullopt;
    };
}

std::vector<queue::delivery> to_domains(shelf& store, const std::vector<std::string>& domains) {
    std::vector<queue::delivery> parts;
    parts.reserve(domains.size());
    for (const auto& domain : domains)
        parts.push_back(store.put(1, {"user@" + domain}));
    return parts;
}

}  // namespace

TEST_CASE(
    "a message whose recipients all failed is reported at once, with one bounce", "[dispatcher]"
) {
    dispatcher_world world(refusing({"a.test", "b.test"}));
    world.start();
    world.subject->arrived(to_domains(world.store, {"a.test", "b.test"}));
    world.run_until_settled(1);

    REQUIRE(world.store.settled.size() == 1);
    const auto& end = world.store.settled[0];
    CHECK(end.others.size() == 1);
    CHECK(end.bounce);
    auto& settling = world.metrics.queue.queue_recipients(metrics::queue_state::settling);
    CHECK(settling.value() == 0);
}

namespace {

// A message to three domains, of which the third was deferred for an hour.
void arrive_with_one_deferred(dispatcher_world& world) {
    world.start();
    auto parts = to_domains(world.store, {"a.test", "b.test", "c.test"});
    parts.back().due += 1h;
    parts.back().attempts = 1;
    world.subject->arrived(std::move(parts));
}

}  // namespace

TEST_CASE("failures wait three seconds for others of their message", "[dispatcher]") {
    net::virtual_clock clock;
    dispatcher_world world(refusing({"a.test", "b.test"}));
    arrive_with_one_deferred(world);
    auto& waiting = world.metrics.queue.queue_recipients(metrics::queue_state::settling);
    std::size_t written_early = 0;
    world.meanwhile([&]() -> asio::awaitable<void> {
        while (waiting.value() < 2)
            co_await settle_down();
        co_await settle_down();
        clock.advance(2s);
        co_await settle_down();
        written_early = world.store.settled.size();
        clock.advance(1s);
    });
    world.run_until_settled(1);

    CHECK(written_early == 0);
    REQUIRE(world.store.settled.size() == 1);
    CHECK(world.store.settled[0].others.size() == 1);
    CHECK(world.store.settled[0].bounce);
    CHECK(world.exchange.transactions.empty());
}

TEST_CASE("failures that wait are written when the dispatcher stops", "[dispatcher]") {
    net::virtual_clock clock;
    dispatcher_world world(refusing({"a.test", "b.test"}));
    arrive_with_one_deferred(world);
    auto& waiting = world.metrics.queue.queue_recipients(metrics::queue_state::settling);
    std::size_t written_early = 0;
    world.meanwhile([&]() -> asio::awaitable<void> {
        while (waiting.value() < 2)
            co_await settle_down();
        co_await settle_down();
        written_early = world.store.settled.size();
        world.subject->stop();
    });
    world.run_to_the_end();

    CHECK(written_early == 0);
    REQUIRE(world.store.settled.size() == 1);
    CHECK(world.store.settled[0].others.size() == 1);
    CHECK(world.store.settled[0].bounce);
    CHECK(waiting.value() == 0);
}

TEST_CASE("a job that is put back comes again after a pause", "[dispatcher]") {
    net::virtual_clock clock;
    dispatcher_world world;
    world.start();
    const auto part = world.store.put(1, {"user@a.test"});
    const bool shortage = GENERATE(true, false);
    if (shortage) {
        verdict lacking;
        lacking.shortage = outbound::shortage::memory;
        world.subject->put_off({part}, lacking);
    } else {
        world.subject->put_back({part});
    }
    std::size_t connections_early = 0;
    world.meanwhile([&]() -> asio::awaitable<void> {
        co_await settle_down();
        clock.advance(4s);
        co_await settle_down();
        connections_early = world.exchange.connections;
        clock.advance(1s);
    });
    world.run_until_settled(1);

    CHECK(connections_early == 0);
    CHECK(world.exchange.transactions.size() == 1);
    const auto memory = metrics::shortage::memory;
    CHECK(world.metrics.outbound.outbound_shortages_total(memory).value() == (shortage ? 1 : 0));
}

TEST_CASE("mail to a name that does not exist ends without a connection", "[dispatcher]") {
    dispatcher_world world;
    world.names.error = dns::errc::not_found;
    world.start();
    world.subject->arrived(to_domains(world.store, {"a.test"}));
    world.run_until_settled(1);

    CHECK(world.exchange.connections == 0);
    REQUIRE(world.store.settled.size() == 1);
    CHECK(world.store.settled[0].bounce);
}

TEST_CASE("what waits is explained, until an operator removes it", "[dispatcher]") {
    dispatcher_world world;
    world.start();
    auto part = world.store.put(1, {"user@a.test"});
    part.due += 1h;
    part.entry = entry_at(part.due);
    world.subject->arrived({part});
    std::vector<explanation> before;
    std::vector<explanation> after;
    world.subject->explain(part.id, [&](auto found) { before = std::move(found); });
    world.subject->removed({{.id = part.id, .entry = part.entry, .message_gone = true}});
    world.subject->explain(part.id, [&](auto found) {
        after = std::move(found);
        world.subject->stop();
    });
    world.run_to_the_end();

    REQUIRE(before.size() == 1);
    CHECK(before[0].domain == "a.test");
    CHECK(after.empty());
    CHECK(world.exchange.connections == 0);
}

// The store announces what is left before it tells whoever tried it that the end is written.
TEST_CASE("what is left after an attempt is listed once", "[dispatcher]") {
    dispatcher_world world([](std::size_t, const std::string& line) {
        return line.starts_with("RCPT") ? std::optional<std::string>("450 4.2.0 later\r\n")
                                        : std::nullopt;
    });
    world.start();
    const auto part = world.store.put(1, {"user@a.test"});
    auto left = part;
    left.due += 1h;
    left.attempts = 1;
    left.entry = entry_at(left.due);
    std::vector<queue::delivery> listed;
    std::size_t found = 0;
    std::size_t seen = 0;
    std::size_t explained = 0;
    const auto list = [&](const scheduler& state, queue::backlog::slot item) {
        listed.push_back(state.backlog().at(item));
        return true;
    };
    const auto see = [&](const scheduler&, queue::backlog::slot) { return ++seen > 0; };
    world.store.hold_settlements = true;
    world.store.on_settled = [&] {
        auto& subject = *world.subject;
        subject.arrived({left});
        subject.browse(0, list, [](auto) {});
        subject.find_slots({part.id}, [&](auto items) { found = items.size(); });
        subject.look_at({0, 1, 2}, see, [](auto) {});
        subject.explain(part.id, [&](auto all) {
            explained = all.size();
            world.store.release_one();
            world.subject->stop();
        });
    };
    world.subject->arrived({part});
    world.run_to_the_end();

    CHECK(listed == std::vector{left});
    CHECK(found == 1);
    CHECK(seen == 1);
    CHECK(explained == 1);
}

TEST_CASE("what comes while somebody goes through the queue is told", "[dispatcher]") {
    dispatcher_world world;
    world.start();
    auto& subject = *world.subject;
    std::vector<queue::delivery> parts;
    for (const std::uint64_t number : {1U, 2U, 3U}) {
        parts.push_back(world.store.put(number, {"user@a.test"}));
        parts.back().due += 1h;
    }
    std::vector<queue::message_id> seen;
    const auto see = [&](const scheduler& state, queue::backlog::slot item) {
        seen.push_back(state.backlog().id(item));
        return true;
    };
    std::vector<std::size_t> marks;
    const auto note = [&](std::size_t mark) { marks.push_back(mark); };
    subject.arrived({parts[0]});
    subject.watch_arrivals(note);
    subject.arrived({parts[1]});
    subject.arrived({parts[2]});
    subject.removed({{.id = parts[1].id, .entry = parts[1].entry, .message_gone = true}});
    subject.arrivals_since(0, see, note);
    subject.arrivals_since(2, see, note);
    subject.end_watch();
    subject.watch_arrivals([&](std::size_t mark) {
        note(mark);
        world.subject->stop();
    });
    world.run_to_the_end();

    CHECK(seen == std::vector{parts[2].id});
    CHECK(marks == std::vector<std::size_t>{0, 2, 2, 0});
}

TEST_CASE("what an operator makes due is tried", "[dispatcher]") {
    dispatcher_world world;
    world.start();
    auto part = world.store.put(1, {"user@a.test"});
    const auto due = part.due;
    part.due += 1h;
    world.subject->arrived({part});
    part.due = due;
    world.subject->moved({part});
    world.run_until_settled(1);
    CHECK(world.exchange.transactions.size() == 1);
}

TEST_CASE("after a stop no job is given out", "[dispatcher]") {
    dispatcher_world world;
    world.start();
    world.subject->arrived(to_domains(world.store, {"a.test"}));
    world.subject->stop();
    world.run_to_the_end();
    CHECK(world.exchange.transactions.empty());
    CHECK(world.store.settled.empty());
}
