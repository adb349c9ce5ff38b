#include "relay/inbound/admission.hpp"

#include <vector>

#include "tests/support/catch.hpp"

using kurir::inbound::admission;
using kurir::inbound::client_network;
using kurir::inbound::strangers_share;
using verdict = kurir::inbound::admission::verdict;

namespace {

boost::asio::ip::address address(const char* text) {
    return boost::asio::ip::make_address(text);
}

// An entrance with what it asked of strangers.
struct entrance {
    entrance(std::size_t sessions, std::size_t per_client, std::size_t strangers)
        : gate(sessions, per_client, strangers) {}

    verdict enter(const char* network, bool trusted) {
        last.network = network;
        last.trusted = trusted;
        return gate.enter(last, [this](std::uint64_t number) { asked.push_back(number); });
    }

    admission gate;
    admission::place last;
    std::vector<std::uint64_t> asked;
};

}  // namespace

TEST_CASE("Decision 19: IPv6 clients are counted by /64", "[inbound]") {
    CHECK(client_network(address("192.0.2.7")) == "192.0.2.7");
    CHECK(client_network(address("2001:db8:1:2:3:4:5:6")) == "2001:db8:1:2::/64");
}

TEST_CASE("Sessions are limited in all and for each client", "[inbound]") {
    entrance door(3, 2, 3);

    CHECK(door.enter("a", true) == verdict::admitted);
    CHECK(door.enter("a", true) == verdict::admitted);
    const auto left = door.last;
    CHECK(door.enter("a", true) == verdict::too_many_of_client);
    CHECK(door.enter("b", true) == verdict::admitted);
    CHECK(door.enter("c", true) == verdict::too_many_sessions);
    CHECK(door.enter("d", false) == verdict::too_many_sessions);
    CHECK(door.gate.sessions() == 3);

    door.gate.leave(left);
    CHECK(door.enter("c", true) == verdict::admitted);
    CHECK(door.asked.empty());
}

TEST_CASE("H2 strangers have a quarter of the places, and of the descriptors", "[inbound]") {
    CHECK(strangers_share(2000, 100'000) == 500);
    CHECK(strangers_share(2000, 1024) == 256);
    CHECK(strangers_share(1, 1024) == 1);

    entrance door(8, 100, 2);
    CHECK(door.enter("x", false) == verdict::admitted);
    const auto first = door.last;
    CHECK(door.enter("y", false) == verdict::admitted);
    CHECK(door.enter("z", false) == verdict::too_many_sessions);
    CHECK(door.enter("a", true) == verdict::admitted);
    door.gate.leave(first);
    CHECK(door.enter("z", false) == verdict::admitted);
}

TEST_CASE("H2 strangers make room for clients that may relay, the oldest first", "[inbound]") {
    entrance door(3, 100, 2);
    CHECK(door.enter("x", false) == verdict::admitted);
    const auto oldest = door.last;
    CHECK(door.enter("y", false) == verdict::admitted);
    const auto other = door.last;
    CHECK(door.enter("a", true) == verdict::admitted);
    CHECK(door.asked.empty());

    CHECK(door.enter("b", true) == verdict::admitted);
    CHECK(door.asked == std::vector{oldest.number});
    CHECK(door.enter("c", true) == verdict::admitted);
    CHECK(door.asked == std::vector{oldest.number, other.number});
    CHECK(door.gate.sessions() == 5);  // until they are gone

    CHECK(door.enter("d", true) == verdict::too_many_sessions);  // nobody is left to make room
    CHECK(door.enter("z", false) == verdict::too_many_sessions);
    door.gate.leave(oldest);
    door.gate.leave(other);
    CHECK(door.gate.sessions() == 3);
    CHECK(door.enter("d", true) == verdict::too_many_sessions);
    CHECK(door.enter("z", false) == verdict::too_many_sessions);
}

TEST_CASE("H2 strangers make room when descriptors run short", "[inbound]") {
    entrance door(100, 100, 25);
    CHECK(door.enter("a", true) == verdict::admitted);
    for (int i = 0; i < 3; ++i)
        CHECK(door.enter("x", false) == verdict::admitted);
    door.gate.make_room(2);
    CHECK(door.asked.size() == 2);
    door.gate.make_room(16);
    CHECK(door.asked.size() == 3);
    door.gate.make_room(16);
    CHECK(door.asked.size() == 3);
}

TEST_CASE("who has logged in is no stranger any more", "[inbound]") {
    entrance door(3, 100, 1);
    CHECK(door.enter("x", false) == verdict::admitted);
    auto grown = door.last;
    const auto trust = [&door](admission::place& held) {
        return door.gate.change(held, held.network, true, {}) == verdict::admitted;
    };
    CHECK(door.enter("y", false) == verdict::too_many_sessions);
    CHECK(trust(grown));
    CHECK(grown.trusted);
    CHECK(trust(grown));
    CHECK(door.enter("y", false) == verdict::admitted);  // there is a place for a stranger again
    auto other = door.last;
    CHECK(door.enter("a", true) == verdict::admitted);
    CHECK(door.enter("b", true) == verdict::admitted);
    CHECK(door.asked == std::vector{other.number});
    CHECK_FALSE(trust(other));  // too late: it was asked to leave
    door.gate.leave(other);
    door.gate.leave(grown);
    CHECK(door.gate.sessions() == 2);
}

TEST_CASE("A proxy has a place of no client until it names one", "[inbound]") {
    entrance door(10, 1, 1);
    const auto ask = [](std::uint64_t) {};
    CHECK(door.enter("", true) == verdict::admitted);
    auto first = door.last;
    CHECK(door.enter("", true) == verdict::admitted);
    auto second = door.last;

    CHECK(door.gate.change(first, "a", true, ask) == verdict::admitted);
    CHECK(door.gate.change(second, "a", true, ask) == verdict::too_many_of_client);
    CHECK(door.gate.change(second, "b", false, ask) == verdict::admitted);
    CHECK(door.enter("c", false) == verdict::too_many_sessions);  // the strangers' place is taken
    CHECK(door.enter("", true) == verdict::admitted);
    auto third = door.last;
    CHECK(door.gate.change(third, "d", false, ask) == verdict::too_many_sessions);
    CHECK(door.gate.sessions() == 3);

    door.gate.leave(first);
    CHECK(door.gate.change(third, "a", true, ask) == verdict::admitted);
    // A stranger that turns out to be none gives the strangers' place back.
    CHECK(door.gate.change(second, "e", true, ask) == verdict::admitted);
    CHECK(door.enter("c", false) == verdict::admitted);
    door.gate.leave(second);
    door.gate.leave(third);
    door.gate.leave(door.last);
    CHECK(door.gate.sessions() == 0);
}

TEST_CASE("A stranger that was asked to leave gets no other place", "[inbound]") {
    entrance door(1, 5, 1);
    CHECK(door.enter("a", false) == verdict::admitted);
    auto stranger = door.last;
    CHECK(door.enter("b", true) == verdict::admitted);
    REQUIRE(door.asked.size() == 1);

    const auto ask = [](std::uint64_t) {};
    CHECK(door.gate.change(stranger, "c", true, ask) == verdict::too_many_sessions);
    CHECK(stranger.network == "a");
    door.gate.leave(stranger);
    CHECK(door.gate.sessions() == 1);
}

TEST_CASE("H2 a stranger behind a proxy takes no place that another had to leave", "[inbound]") {
    entrance door(3, 100, 2);
    const auto unmask = [&door](admission::place& held) {
        return door.gate.change(held, "x", false, [&door](std::uint64_t number) {
            door.asked.push_back(number);
        });
    };
    CHECK(door.enter("a", true) == verdict::admitted);
    CHECK(door.enter("b", true) == verdict::admitted);
    CHECK(door.enter("proxy", true) == verdict::admitted);
    auto last_place = door.last;
    CHECK(unmask(last_place) == verdict::admitted);  // as one that comes without a proxy

    CHECK(door.enter("proxy", true) == verdict::admitted);
    auto proxied = door.last;
    CHECK(door.asked == std::vector{last_place.number});
    CHECK(unmask(proxied) == verdict::too_many_sessions);
    CHECK(proxied.trusted);
    door.gate.leave(last_place);
    CHECK(unmask(proxied) == verdict::too_many_sessions);
    CHECK(door.gate.change(proxied, "c", true, {}) == verdict::admitted);
    CHECK(door.enter("d", true) == verdict::too_many_sessions);  // nobody is left to make room

    door.gate.leave(proxied);
    CHECK(door.enter("proxy", true) == verdict::admitted);
    auto later = door.last;
    CHECK(unmask(later) == verdict::admitted);
}
