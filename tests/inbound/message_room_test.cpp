// Where memory is limited, large messages come in one after the other.
#include "relay/inbound/message_room.hpp"

#include "tests/inbound/server_world.hpp"

using namespace kurir;
using namespace tests;
using Catch::Matchers::StartsWith;
using inbound::message_room;

namespace {

const std::string header = "Subject: x\r\n\r\n";
const std::string half = header + std::string(40'000, 'x').append("\r\n");

// Who has a place, in the order of getting it.
struct crowd {
    explicit crowd(std::size_t places) : room(places) {}

    void add(int guest, net::clock::duration patience = 1h) {
        coming.spawn(come(guest, net::clock::now() + patience));
        run();
    }
    asio::awaitable<void> come(int guest, net::clock::time_point until) {
        auto place = co_await room.enter(context.get_executor(), until);
        order.push_back(place ? guest : -guest);
        if (place) held.emplace(guest, std::move(*place));
    }
    void leave(int guest) {
        held.erase(guest);
        run();
    }
    void run() {
        context.restart();
        context.poll();
    }
    ~crowd() {
        coming.stop();
        run();
    }

    net::virtual_clock clock;
    message_room room;
    asio::io_context context{1};
    net::task_group coming{context.get_executor(), [](std::exception_ptr failure) {
                               std::rethrow_exception(failure);
                           }};
    std::map<int, message_room::place> held;
    std::vector<int> order;
};

}  // namespace

TEST_CASE("R3 places are given in the order of asking", "[inbound]") {
    crowd all(2);
    for (const int guest : {1, 2, 3, 4, 5})
        all.add(guest);
    CHECK(all.order == std::vector{1, 2});
    all.leave(2);
    CHECK(all.order == std::vector{1, 2, 3});
    all.leave(1);
    all.leave(3);
    all.leave(4);
    all.leave(5);
    CHECK(all.order == std::vector{1, 2, 3, 4, 5});
    // All are free again.
    for (const int guest : {6, 7, 8})
        all.add(guest);
    CHECK(all.order == std::vector{1, 2, 3, 4, 5, 6, 7});
}

TEST_CASE("R3 who waits too long gets no place and takes none", "[inbound]") {
    crowd all(1);
    all.add(1);
    all.add(2, 30s);
    all.add(3, 1h);
    all.clock.advance(31s);
    all.run();
    CHECK(all.order == std::vector{1, -2});
    all.leave(1);
    CHECK(all.order == std::vector{1, -2, 3});
    all.leave(3);
    all.add(4);
    CHECK(all.order.back() == 4);
}

TEST_CASE("R3 without a limit everybody gets a place", "[inbound]") {
    crowd all(0);
    for (int guest = 1; guest <= 50; ++guest)
        all.add(guest);
    CHECK(all.held.size() == 50);
}

TEST_CASE("R3 a large message waits for its turn, a small one does not", "[inbound]") {
    serve(
        usual_config(),
        [](server_world& world) -> asio::awaitable<void> {
            auto first = co_await world.greeted();
            co_await first->begin_message();
            co_await first->send(half);
            auto second = co_await world.greeted();
            co_await second->begin_message();
            co_await second->send(half + half + ".\r\n");
            auto third = co_await world.greeted();
            co_await third->begin_message();
            const auto small = co_await third->ask(header + "small\r\n.");
            CHECK_THAT(small, StartsWith("250"));
            co_await settle();
            CHECK(world.store.committed.size() == 1);

            const auto done = co_await first->ask(".");
            CHECK_THAT(done, StartsWith("250"));
            const auto next = co_await second->reply();
            CHECK_THAT(next, StartsWith("250"));
            CHECK(world.store.committed.size() == 3);
            CHECK(world.store.committed.back().last_chunk.size() > 80'000);
        },
        1
    );
}

TEST_CASE("R3 a place is free again whatever ends a large message", "[inbound]") {
    net::virtual_clock clock;
    serve(
        usual_config(),
        [&clock](server_world& world) -> asio::awaitable<void> {
            auto lost = co_await world.greeted();
            co_await lost->begin_message();
            co_await lost->send(half);
            co_await settle();
            lost->close();
            co_await settle();

            auto slow = co_await world.greeted();
            co_await slow->begin_message();
            co_await slow->send(half);
            auto refused = co_await world.greeted();
            co_await refused->begin_message();
            co_await refused->send(half + ".\r\n");
            co_await settle();
            clock.advance(31s);
            const auto no = co_await refused->reply();
            CHECK_THAT(no, StartsWith("452 4.3.1"));

            world.store.commit_error = queue::errc::failed;
            const auto failed = co_await slow->ask(".");
            CHECK_THAT(failed, StartsWith("451"));
            world.store.commit_error.reset();
            co_await refused->begin_message();
            const auto taken = co_await refused->ask(half + ".");
            CHECK_THAT(taken, StartsWith("250"));
        },
        1
    );
}
