#include "relay/outbound/habits.hpp"

#include <string>

#include "tests/outbound/start.hpp"
#include "tests/support/catch.hpp"

using namespace kurir::outbound;
using namespace std::chrono_literals;
using tests::start;
using evidence = habits::evidence;

namespace {

const std::string server = "mx.example:25";

}  // namespace

TEST_CASE("D4 D5 a number that was named counts at once, for an hour", "[outbound][habits]") {
    habits known;
    CHECK(known.of(server, start).messages == 0);
    known.messages_were_enough(server, 10, evidence::named, start);
    known.recipients_were_enough(server, 50, evidence::named, start);
    CHECK(known.of(server, start).messages == 10);
    CHECK(known.of(server, start).recipients == 50);
    CHECK(known.of("other:25", start).messages == 0);
    CHECK(known.of(server, start + 59min).messages == 10);
    CHECK(known.of(server, start + 61min).messages == 0);

    known.messages_were_enough(server, 7, evidence::named, start);
    CHECK(known.of(server, start).messages == 7);
    known.messages_were_enough(server, 9, evidence::named, start + 2h);
    CHECK(known.of(server, start + 2h).messages == 9);
}

TEST_CASE("D4 what only shows counts when it shows three times in a row", "[outbound][habits]") {
    habits known;
    for (const std::size_t count : {10UL, 3UL, 10UL, 10UL}) {
        known.messages_were_enough(server, count, evidence::seen, start);
        CHECK(known.of(server, start).messages == 0);
    }
    known.messages_were_enough(server, 10, evidence::seen, start);
    CHECK(known.of(server, start).messages == 10);
    CHECK(known.of(server, start + 11min).messages == 0);
    known.recipients_were_enough(server, 0, evidence::named, start);
    CHECK(known.of(server, start).recipients == 0);
}

TEST_CASE("D4 fresh connections that don't help are not tried for a while", "[outbound][habits]") {
    habits known;
    for (int i = 0; i < 2; ++i)
        known.fresh_was_in_vain(server, start);
    CHECK(known.of(server, start).fresh_helps);
    known.fresh_was_in_vain(server, start);
    CHECK_FALSE(known.of(server, start).fresh_helps);
    CHECK(known.of(server, start + 11min).fresh_helps);
    known.messages_were_enough(server, 5, evidence::seen, start);
    CHECK(known.of(server, start).fresh_helps);
}

TEST_CASE("D12 extensions that don't work are left out for an hour", "[outbound][habits]") {
    habits known;
    known.does_without(server, {extension::chunking}, start);
    known.does_without(server, {extension::size}, start + 1min);
    const auto without = known.of(server, start + 2min).without;
    CHECK(without == extension_set{extension::chunking, extension::size});
    CHECK(known.of(server, start + 2h).without.empty());
    known.does_without(server, {extension::pipelining}, start + 3h);
    CHECK(known.of(server, start + 3h).without == extension_set{extension::pipelining});
}

TEST_CASE("D1 who says what nobody asked for gets one message a connection", "[outbound]") {
    habits known;
    known.says_unasked(server, start);
    CHECK(known.of(server, start).messages == 1);
}

TEST_CASE("what is known of servers is bounded", "[outbound][habits]") {
    habits known(3);
    for (const auto* each : {"a", "b", "c"})
        known.says_unasked(each, start);
    known.says_unasked("a", start);
    known.says_unasked("d", start);
    CHECK(known.size() == 3);
    CHECK(known.of("a", start).messages == 1);
    CHECK(known.of("b", start).messages == 0);
    CHECK(known.of("d", start).messages == 1);
}
