#include "relay/outbound/connection_trial.hpp"

#include "tests/support/catch.hpp"

using kurir::outbound::connection_trial;

namespace {

constexpr double usual = 0.05;
using finding = connection_trial::finding;

connection_trial::beginning fresh(const connection_trial& subject, std::size_t place) {
    return {.fresh = true, .place = place, .others_serve = place > 1, .era = subject.era()};
}

connection_trial::beginning kept(const connection_trial& subject) {
    return {.fresh = false, .place = 1, .others_serve = true, .era = subject.era()};
}

void serve(connection_trial& subject, std::size_t connections) {
    for (std::size_t place = 1; place <= connections; ++place)
        subject.succeeded(fresh(subject, place));
}

void succeed(connection_trial& subject, std::size_t times) {
    for (std::size_t i = 0; i < times; ++i)
        subject.succeeded(kept(subject));
}

}  // namespace

TEST_CASE("D6 a new connection that is refused beside others is one too many", "[outbound]") {
    connection_trial subject;
    CHECK(subject.allowed() > 1000);
    serve(subject, 3);
    CHECK(subject.allowed() > 1000);
    CHECK(subject.refused(fresh(subject, 4), true, usual) == finding::too_many);
    CHECK(subject.allowed() == 3);
}

TEST_CASE("D6 what was opened with it teaches nothing new", "[outbound]") {
    connection_trial subject;
    serve(subject, 3);
    const auto fifth = fresh(subject, 5);
    const auto sixth = fresh(subject, 6);
    subject.refused(fresh(subject, 4), true, usual);
    CHECK(subject.refused(fifth, true, usual) == finding::too_many);
    CHECK(subject.allowed() == 3);
    // Unless it is served: then there may be as many as that.
    CHECK_FALSE(subject.succeeded(sixth));
    CHECK(subject.allowed() == 6);
}

TEST_CASE("D6 one more is tried after twice as many successes each time", "[outbound]") {
    connection_trial subject;
    serve(subject, 3);
    std::size_t patience = 6;
    for (int round = 0; round < 12; ++round) {
        subject.refused(fresh(subject, 4), true, usual);
        succeed(subject, patience - 1);
        CHECK(subject.allowed() == 3);
        succeed(subject, 1);
        CHECK(subject.allowed() == 4);
        patience = std::min<std::size_t>(patience * 2, 1600);
    }
    CHECK(subject.succeeded(fresh(subject, 4)));
    CHECK(subject.allowed() > 1000);
}

TEST_CASE(
    "a refused connection says nothing of their number while nobody is served", "[outbound]"
) {
    connection_trial subject;
    CHECK(subject.refused(fresh(subject, 1), true, usual) == finding::none);
    CHECK(subject.refused(fresh(subject, 2), false, usual) == finding::none);
    CHECK(subject.allowed() > 1000);
}

TEST_CASE("a message that is refused on a kept connection concerns others", "[outbound]") {
    connection_trial subject;
    serve(subject, 3);
    CHECK(subject.refused(kept(subject), true, usual) == finding::none);
    CHECK(subject.allowed() > 1000);
}

TEST_CASE("so many as were served once are given up when it can't be chance", "[outbound]") {
    connection_trial subject;
    serve(subject, 10);
    CHECK(subject.refused(fresh(subject, 4), true, usual) == finding::open);
    CHECK(subject.refused(fresh(subject, 4), true, usual) == finding::open);
    // A new connection in that place was served: it was chance.
    subject.succeeded(fresh(subject, 5));
    CHECK(subject.refused(fresh(subject, 4), true, usual) == finding::open);
    CHECK(subject.refused(fresh(subject, 5), true, usual) == finding::open);
    // One in a lower place proves nothing.
    subject.succeeded(fresh(subject, 2));
    CHECK(subject.refused(fresh(subject, 5), true, usual) == finding::too_many);
    CHECK(subject.allowed() == 3);
}

TEST_CASE("a server that errs often is given more chances", "[outbound]") {
    connection_trial subject;
    serve(subject, 10);
    for (int i = 0; i < 5; ++i)
        CHECK(subject.refused(fresh(subject, 8), true, 0.3) == finding::open);
    CHECK(subject.refused(fresh(subject, 8), true, 0.3) == finding::too_many);
    CHECK(subject.allowed() == 7);
}

TEST_CASE("a destination that was unreachable begins anew", "[outbound]") {
    connection_trial subject;
    serve(subject, 3);
    const auto before = fresh(subject, 4);
    subject.refused(before, true, usual);
    subject.restart();
    CHECK(subject.allowed() > 1000);
    CHECK(subject.refused(before, true, usual) == finding::too_many);
    CHECK(subject.allowed() > 1000);
}
