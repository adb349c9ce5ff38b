// Which key of tickets is used when.
#include "relay/net/tls_ticket_keys.hpp"

#include <algorithm>

#include "tests/support/catch.hpp"

using namespace kurir;
using namespace std::chrono_literals;

namespace {

struct world {
    unsigned char next = 0;
    net::ticket_keys subject{
        [this](std::span<unsigned char> bytes) { std::ranges::fill(bytes, ++next); }, 12h
    };
    net::clock::time_point start{1h};

    unsigned char name_at(net::clock::duration time) {
        return subject.current(start + time).name.front();
    }
};

}  // namespace

TEST_CASE("a key of tickets is used for its lifetime", "[net]") {
    world tickets;
    const auto first = tickets.name_at(0h);
    CHECK(tickets.name_at(11h) == first);
    CHECK(tickets.name_at(12h) != first);
    const auto key = tickets.subject.current(tickets.start + 12h);
    CHECK(key.cipher.front() != key.digest.front());
    CHECK(key.cipher.front() != key.name.front());
}

TEST_CASE("the key before can still be found, older ones can't", "[net]") {
    world tickets;
    auto& subject = tickets.subject;
    const auto first = subject.current(tickets.start).name;
    CHECK_FALSE(subject.find(first, tickets.start + 11h)->is_old);
    const auto old = subject.find(first, tickets.start + 12h);
    REQUIRE(old);
    CHECK(old->is_old);
    CHECK(old->of_ticket.name == first);
    const auto second = subject.current(tickets.start + 13h).name;
    CHECK(subject.find(first, tickets.start + 23h));
    CHECK_FALSE(subject.find(first, tickets.start + 24h));
    CHECK(subject.find(second, tickets.start + 24h)->is_old);
    CHECK_FALSE(subject.find({}, tickets.start + 24h));
}

TEST_CASE("after a long time without clients no old key is left", "[net]") {
    world tickets;
    const auto first = tickets.subject.current(tickets.start).name;
    CHECK_FALSE(tickets.subject.find(first, tickets.start + 24h));
    CHECK_FALSE(tickets.subject.find(first, tickets.start + 25h));
}
