#include "relay/inbound/pace.hpp"

#include "tests/support/catch.hpp"

using namespace kurir;
using namespace std::chrono_literals;
using inbound::pace;

TEST_CASE("A client keeps up that brings enough in each window", "[inbound]") {
    pace subject(100, 1min);
    for (int second = 0; second < 300; ++second)
        REQUIRE(subject.keeps_up(1s, 100));
}

TEST_CASE("A client that brings too little is found out when the window ends", "[inbound]") {
    pace subject(100, 1min);
    for (int second = 0; second < 59; ++second)
        REQUIRE(subject.keeps_up(1s, 99));
    CHECK(!subject.keeps_up(1s, 99));
}

TEST_CASE("A pause is no harm after a fast beginning, nor is our own slowness", "[inbound]") {
    pace subject(100, 1min);
    CHECK(subject.keeps_up(0s, 6000));
    CHECK(subject.keeps_up(60s, 1));
    CHECK(subject.keeps_up(0s, 1));  // what the store took was no waiting for the client
    subject.begin();
    CHECK(subject.keeps_up(59s, 0));
}

TEST_CASE("Without a least rate every pace will do", "[inbound]") {
    pace subject(0, 1min);
    CHECK(subject.keeps_up(240h, 1));
}
