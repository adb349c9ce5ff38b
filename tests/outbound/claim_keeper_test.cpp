// What a relay does for the claims of a queue that it shares with another, in virtual time.
#include "relay/outbound/claim_keeper.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>

#include <map>

#include "metrics/metrics.hpp"
#include "tests/outbound/delivery_world.hpp"
#include "tests/outbound/scheduler_world.hpp"
#include "tests/queue/memory_owner.hpp"
#include "tests/support/run.hpp"

using namespace tests;

namespace {

constexpr std::chrono::milliseconds keeper_lease = 60s;
constexpr std::size_t keeper_room = 20;  // so that the part of a destination is two

struct shared_world {
    explicit shared_world(asio::any_io_executor executor)
        : keeper(executor, books, scheduling.subject, keeper_room) {
        first.store().set_listener([this](std::vector<queue::delivery> announced) {
            scheduling.subject.arrived(std::move(announced), scheduling.now());
        });
    }

    // To be due in a minute, so that whoever asks first gets it.
    void commit(std::size_t count, const std::string& domain) {
        for (std::size_t i = 0; i < count; ++i) {
            queue::submission made;
            made.mail.id = second.store().allocate();
            made.mail.recipients.push_back({"user@" + domain});
            made.mail.chunks = 1;
            auto part = delivery_due(made.mail.id.value(), now + 1min);
            part.entry = {};
            part.domain = domain;
            made.deliveries.push_back(std::move(part));
            REQUIRE(second.commit(std::move(made)));
        }
    }
    // One message to so many domains, that this relay accepts.
    void accept(std::size_t count) {
        queue::submission made;
        made.mail.id = first.store().allocate();
        made.mail.chunks = 1;
        for (std::uint32_t i = 0; i < count; ++i) {
            auto part = delivery_due(made.mail.id.value(), now);
            part.entry = {};
            part.domain = std::to_string(i) + ".example";
            part.recipients = {i};
            made.mail.recipients.push_back({"user@" + part.domain});
            made.deliveries.push_back(std::move(part));
        }
        REQUIRE(first.commit(std::move(made)));
    }
    asio::awaitable<void> pass(std::chrono::milliseconds time) {
        now += time;
        clock.advance(time);
        scheduling.wall += time;
        scheduling.steady += time;
        co_await settle_down();
    }
    std::map<std::string, std::size_t> held() const {
        std::map<std::string, std::size_t> found;
        const auto& backlog = scheduling.subject.backlog();
        backlog.each([&](queue::backlog::slot item) { ++found[backlog.domain(item)]; });
        return found;
    }

    net::virtual_clock clock;
    queue::time_point now = noon;
    memory_queue shared{[this] { return now; }, keeper_lease};
    memory_owner first{shared};
    memory_owner second{shared};
    metrics::all counts;
    facts::observers observers{};
    claim_guard guard{keeper_lease, net::clock::now()};
    bookkeeping books{
        .store = first.store(),
        .metrics = counts.outbound,
        .queue_metrics = counts.queue,
        .observers = observers,
        .claims = &guard,
    };
    scheduler_world scheduling;
    claim_keeper keeper;
};

template <class Body>
void run_beside_keeper(Body body) {
    tests::run([body]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        shared_world world(executor);
        bool ended = false;
        asio::co_spawn(executor, world.keeper.run(), [&ended](std::exception_ptr) {
            ended = true;
        });
        co_await settle_down();
        std::exception_ptr failure;
        try {
            co_await body(world);
        } catch (...) {
            failure = std::current_exception();
        }
        world.keeper.end();
        while (!ended)
            co_await settle_down();
        if (failure) std::rethrow_exception(failure);
    });
}

}  // namespace

TEST_CASE("what is due is claimed, of each destination its part", "[outbound][claims]") {
    run_beside_keeper([](shared_world& world) -> asio::awaitable<void> {
        world.commit(9, "many.example");
        world.commit(1, "few.example");
        co_await world.pass(59s);
        CHECK(world.held().empty());
        co_await world.pass(1s);
        for (int i = 0; i < 5; ++i)
            co_await world.pass(1200ms);
        CHECK(world.held()["many.example"] >= 2);
        CHECK(world.held()["many.example"] <= 3);
        CHECK(world.held()["few.example"] == 1);
        // The other relay gets the rest.
        CHECK(world.second.claim(100) == 10 - world.scheduling.subject.backlog().size());
    });
}

TEST_CASE("there is no more room than the limit", "[outbound][claims]") {
    run_beside_keeper([](shared_world& world) -> asio::awaitable<void> {
        for (int i = 0; i < 15; ++i)
            world.commit(2, std::to_string(i) + ".example");
        co_await world.pass(61s);
        for (int i = 0; i < 5; ++i)
            co_await world.pass(1200ms);
        CHECK(world.scheduling.subject.backlog().size() == keeper_room);
    });
}

TEST_CASE("a relay with a flood of its own takes over what others left", "[outbound][claims]") {
    run_beside_keeper([](shared_world& world) -> asio::awaitable<void> {
        world.accept(10 * keeper_room);
        world.commit(3, "1.example");
        co_await world.pass(59s);
        CHECK(world.second.claim(100) == 0);
        co_await world.pass(2900ms);  // another could claim it for less than two seconds
        CHECK(world.held()["1.example"] == 1);
        co_await world.pass(1300ms);
        CHECK(world.held()["1.example"] == 2);
        co_await world.pass(5s);
        CHECK(world.held()["1.example"] == 2);  // one at a time

        world.scheduling.route("1.example", "mx.1.example");
        world.scheduling.open_all();
        REQUIRE_FALSE(world.scheduling.jobs.empty());
        CHECK(world.scheduling.jobs.begin()->second.due == noon + 1min);
    });
}

TEST_CASE("mail that waits keeps a relay from no other", "[outbound][claims]") {
    run_beside_keeper([](shared_world& world) -> asio::awaitable<void> {
        world.commit(1, "b.example");
        co_await world.pass(59s);
        std::vector<queue::delivery> waiting;
        for (std::uint64_t i = 1; i <= keeper_room; ++i) {
            waiting.push_back(delivery_due(i << 40, world.now + 1h, 1));
            waiting.back().domain = std::to_string(i) + ".example";
        }
        world.scheduling.subject.arrived(std::move(waiting), world.scheduling.now());
        co_await world.pass(2s);
        CHECK(world.held()["b.example"] == 1);
    });
}

TEST_CASE("what is held is renewed until somebody else has it", "[outbound][claims]") {
    run_beside_keeper([](shared_world& world) -> asio::awaitable<void> {
        world.commit(2, "a.example");
        co_await world.pass(61s);
        REQUIRE(world.held()["a.example"] == 2);
        for (int i = 0; i < 20; ++i) {
            co_await world.pass(15s);
            CHECK(world.second.claim(100) == 0);
            CHECK(world.guard.has_room(net::clock::now()));
        }
        // One of the two is being tried when this relay is stopped.
        auto& scheduling = world.scheduling;
        scheduling.route("a.example", "mx.a.example");
        scheduling.open_all();
        REQUIRE_FALSE(scheduling.jobs.empty());
        const auto tried = scheduling.jobs.begin()->second;
        world.now += keeper_lease;
        CHECK(world.second.claim(100) == 2);
        CHECK(world.guard.may_end({tried}, net::clock::now()));
        co_await world.pass(keeper_lease / 2);
        CHECK(world.guard.has_room(net::clock::now()));
        CHECK_FALSE(world.guard.may_end({tried}, net::clock::now()));
        CHECK(
            world.counts.queue.queue_claims_expired_total.value() ==
            static_cast<double>(2 - scheduling.jobs.size())
        );
        CHECK(world.scheduling.subject.backlog().size() == scheduling.jobs.size());
    });
}

TEST_CASE("what an attempt put back is lost once, before it has ended too", "[outbound][claims]") {
    run_beside_keeper([](shared_world& world) -> asio::awaitable<void> {
        world.commit(1, "a.example");
        co_await world.pass(61s);
        auto& scheduling = world.scheduling;
        scheduling.route("a.example", "mx.a.example");
        scheduling.open_all();
        REQUIRE(scheduling.jobs.size() == 1);
        auto again = scheduling.jobs.begin()->second;
        again.due = world.now + 1h;
        world.now += keeper_lease;
        CHECK(world.second.claim(100) == 1);
        scheduling.subject.arrived({again}, scheduling.now());
        REQUIRE(scheduling.subject.backlog().size() == 2);
        co_await world.pass(keeper_lease / 2);
        CHECK(world.counts.queue.queue_claims_expired_total.value() == 1);
        CHECK_FALSE(world.guard.may_end({again}, net::clock::now()));
        CHECK(scheduling.subject.backlog().size() == 1);
    });
}

TEST_CASE("a renewal that fails extends nothing, and loses nothing", "[outbound][claims]") {
    run_beside_keeper([](shared_world& world) -> asio::awaitable<void> {
        world.commit(2, "a.example");
        co_await world.pass(61s);
        REQUIRE(world.held()["a.example"] == 2);
        world.first.store().close();
        co_await world.pass(keeper_lease);
        CHECK_FALSE(world.guard.has_room(net::clock::now()));
        CHECK(world.held()["a.example"] == 2);
        CHECK(world.counts.queue.queue_claims_expired_total.value() == 0);
    });
}

TEST_CASE("a large backlog is renewed, or lost, in pieces", "[outbound][claims]") {
    run_beside_keeper([](shared_world& world) -> asio::awaitable<void> {
        constexpr std::size_t many = claim_keeper::renewal_max + 1;
        world.accept(many);
        REQUIRE(world.scheduling.subject.backlog().size() == many);
        for (int i = 0; i < 6; ++i)
            co_await world.pass(keeper_lease / 3);
        CHECK(world.guard.has_room(net::clock::now()));
        CHECK(world.second.claim(2 * many) == 0);
        CHECK(world.shared.largest_renewal == claim_keeper::renewal_max);
        world.now += keeper_lease;
        CHECK(world.second.claim(2 * many) == many);
        co_await world.pass(keeper_lease / 3);
        CHECK(world.held().empty());
        CHECK(world.counts.queue.queue_claims_expired_total.value() == static_cast<double>(many));
    });
}

TEST_CASE("nothing is claimed while our own claims may be over", "[outbound][claims]") {
    run_beside_keeper([](shared_world& world) -> asio::awaitable<void> {
        world.commit(1, "a.example");
        co_await world.pass(59s);
        world.guard.renewed(net::clock::now() - keeper_lease, {});
        co_await world.pass(10s);
        CHECK(world.held().empty());
        co_await world.pass(10s);  // renewed
        co_await world.pass(1200ms);
        CHECK(world.held()["a.example"] == 1);
    });
}

TEST_CASE("who stops gives back what it is not trying", "[outbound][claims]") {
    run_beside_keeper([](shared_world& world) -> asio::awaitable<void> {
        world.commit(2, "a.example");
        world.commit(1, "b.example");
        co_await world.pass(61s);
        for (int i = 0; i < 5; ++i)
            co_await world.pass(1200ms);
        auto& scheduling = world.scheduling;
        scheduling.route("a.example", "mx.a.example");
        scheduling.open_all();
        REQUIRE(world.scheduling.subject.backlog().size() == 3);
        world.keeper.stop();
        const auto tried = world.scheduling.subject.backlog().size();
        CHECK(tried == scheduling.jobs.size());
        CHECK(world.second.claim(100) == 3 - tried);
        // What is being tried is renewed to the end, and nothing more is claimed.
        world.commit(1, "c.example");
        for (int i = 0; i < 20; ++i) {
            co_await world.pass(15s);
            CHECK(world.scheduling.subject.backlog().size() == tried);
        }
    });
}
