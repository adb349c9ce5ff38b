// A node follows who shares its queue, in virtual time.
#include "relay/outbound/node_watch.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>

#include <optional>
#include <vector>

#include "metrics/metrics.hpp"
#include "tests/outbound/delivery_world.hpp"
#include "tests/queue/deliveries.hpp"
#include "tests/queue/memory_owner.hpp"
#include "tests/support/run.hpp"

using namespace tests;

namespace {

struct watched_queue {
    asio::awaitable<void> pass(std::chrono::milliseconds time) {
        now += time;
        clock.advance(time);
        co_await settle_down();
    }
    // Second by second, while all that live are heard of.
    asio::awaitable<void> live(int seconds) {
        for (int i = 0; i < seconds; ++i) {
            for (auto* each : living)
                each->claim(0);
            co_await pass(1s);
        }
    }
    double counted() { return counts.store.store_nodes.value(); }

    net::virtual_clock clock;
    queue::time_point now = noon;
    memory_queue shared{[this] { return now; }, 60s};
    metrics::all counts;
    std::vector<memory_owner*> living;
    std::vector<std::size_t> told;  // how many nodes, each time that the share changed
};

template <class Body>
void follow_nodes(watched_queue& world, memory_owner& self, Body body) {
    tests::run([&world, &self, body]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        asio::cancellation_signal stop;
        bool ended = false;
        asio::co_spawn(
            executor,
            outbound::watch_nodes(
                executor,
                self.shared(),
                world.counts.store,
                [&world](const queue::node_share& own) { world.told.push_back(own.nodes()); }
            ),
            asio::bind_cancellation_slot(
                stop.slot(), [&ended](std::exception_ptr) { ended = true; }
            )
        );
        co_await settle_down();
        co_await body();
        stop.emit(asio::cancellation_type::terminal);
        while (!ended)
            co_await settle_down();
    });
}

using told_shares = std::vector<std::size_t>;

}  // namespace

TEST_CASE("a node that is alone has all at once", "[outbound][nodes]") {
    watched_queue world;
    memory_owner self(world.shared);
    follow_nodes(world, self, [&]() -> asio::awaitable<void> {
        CHECK(world.told == told_shares{1});
        CHECK(world.counted() == 1);
        world.living = {&self};
        co_await world.live(20);
        CHECK(world.told == told_shares{1});
    });
}

TEST_CASE("a node that finds others waits until they have seen it", "[outbound][nodes]") {
    watched_queue world;
    memory_owner other(world.shared);
    world.now += 1min;
    other.claim(0);
    memory_owner self(world.shared);
    world.living = {&self, &other};
    follow_nodes(world, self, [&]() -> asio::awaitable<void> {
        CHECK(world.counted() == 2);
        co_await world.live(4);
        CHECK(world.told.empty());
        co_await world.live(3);
        CHECK(world.told == told_shares{2});
    });
}

TEST_CASE("others that come and go are followed", "[outbound][nodes]") {
    watched_queue world;
    memory_owner self(world.shared);
    world.living = {&self};
    follow_nodes(world, self, [&]() -> asio::awaitable<void> {
        co_await world.live(6);  // it is no newcomer any more
        memory_owner other(world.shared);
        world.living.push_back(&other);
        co_await world.live(3);
        CHECK(world.told == told_shares{1, 2});
        other.die();
        world.living.pop_back();
        co_await world.live(9);
        CHECK(world.told == told_shares{1, 2});
        co_await world.live(4);
        CHECK(world.told == told_shares{1, 2, 1});
    });
}

TEST_CASE("what can't be read changes nothing", "[outbound][nodes]") {
    watched_queue world;
    memory_owner self(world.shared);
    follow_nodes(world, self, [&]() -> asio::awaitable<void> {
        self.store().close();
        co_await world.pass(1min);
        CHECK(world.told == told_shares{1});
    });
}

namespace {

// A queue whose database comes and goes.
class unsteady_nodes final : public queue::shared_store {
public:
    using home = queue::completion_queue;
    using known_nodes = std::vector<queue::node>;
    template <class T>
    using done = queue::completion<T>;

    void browse(queue::entry_name, std::size_t, home&, done<queue::other_entries>) override {}
    void find(std::vector<queue::message_id>, home&, done<std::vector<queue::other_entry>>)
        override {}
    void take(std::vector<queue::entry_name>, home&, done<std::size_t>) override {}
    void nodes(home&, done<known_nodes>) override {}
    void tell_nodes(queue::node_telling, home&, done<queue::node_hearing>) override {}
    void post(std::vector<queue::notice>, home&, done<void>) override {}
    void read_board(queue::board_place, std::size_t, home&, done<queue::board_page>) override {}
    void draw_tokens(queue::token_request, home&, done<queue::token_grant>) override {}
    void heard_nodes(home& asker, done<known_nodes> answer) override {
        asker.post({[this, answer] {
            if (!known) return answer(queue::errc::closed);
            answer(*known);
        }});
    }

    std::optional<std::vector<queue::node>> known;
};

queue::node heard_node(std::string id, std::chrono::milliseconds silent, bool is_self = false) {
    return {.id = std::move(id), .facts = {}, .age = 1h, .silent = silent, .is_self = is_self};
}

}  // namespace

TEST_CASE("after an outage nobody is taken for dead at once", "[outbound][nodes]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        net::virtual_clock clock;
        metrics::all counts;
        unsteady_nodes nodes;
        told_shares told;
        asio::cancellation_signal stop;
        bool ended = false;
        nodes.known = {heard_node("me", 0ms, true), heard_node("b", 0ms)};
        asio::co_spawn(
            executor,
            outbound::watch_nodes(
                executor,
                nodes,
                counts.store,
                [&told](const queue::node_share& own) { told.push_back(own.nodes()); }
            ),
            asio::bind_cancellation_slot(
                stop.slot(), [&ended](std::exception_ptr) { ended = true; }
            )
        );
        const auto pass = [&clock](int seconds) -> asio::awaitable<void> {
            for (int i = 0; i < seconds; ++i) {
                clock.advance(1s);
                co_await settle_down();
            }
        };
        co_await settle_down();
        CHECK(told == told_shares{2});
        nodes.known.reset();
        co_await pass(60);
        nodes.known = {heard_node("me", 0ms, true), heard_node("b", 60s)};
        co_await pass(7);
        CHECK(told == told_shares{2});
        // One that comes is believed.
        nodes.known = {heard_node("me", 0ms, true), heard_node("b", 0ms), heard_node("c", 0ms)};
        co_await pass(2);
        CHECK(told == told_shares{2, 3});
        nodes.known = {heard_node("me", 0ms, true), heard_node("c", 0ms)};
        co_await pass(6);
        CHECK(told == told_shares{2, 3, 2});
        stop.emit(asio::cancellation_type::terminal);
        while (!ended)
            co_await settle_down();
    });
}
