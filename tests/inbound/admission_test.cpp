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
