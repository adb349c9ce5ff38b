#include "dns/cache.hpp"

#include "tests/support/catch.hpp"

using namespace kurir;
using namespace std::chrono_literals;
using dns::record_type;

namespace {

const dns::cache::time_point start{};

dns::question mx_of(std::string name) {
    return {std::move(name), record_type::mx};
}

dns::answer hosts(std::string name, std::chrono::seconds ttl) {
    return {.exchanges = {{std::move(name), 10}}, .ttl = ttl};
}

}  // namespace

TEST_CASE("an answer is known until its time is over", "[dns][cache]") {
    dns::cache cache(10);
    cache.put(mx_of("a.test"), hosts("mx.a.test", 60s), start);

    const auto before = cache.find(mx_of("a.test"), start + 59s);
    REQUIRE(before.said != nullptr);
    CHECK(before.said->exchanges.front().name == "mx.a.test");
    const auto after = cache.find(mx_of("a.test"), start + 60s);
    CHECK(after.said == nullptr);
    CHECK(after.expired);
    const auto again = cache.find(mx_of("a.test"), start + 60s);
    CHECK_FALSE(again.expired);
    CHECK(cache.size() == 0);
}

TEST_CASE("that there is nothing is known too", "[dns][cache]") {
    dns::cache cache(10);
    cache.put(mx_of("a.test"), {.error = dns::errc::not_found, .ttl = 30s}, start);

    const auto found = cache.find(mx_of("a.test"), start + 29s);
    REQUIRE(found.said != nullptr);
    CHECK(found.said->error == dns::errc::not_found);
    CHECK(cache.find(mx_of("a.test"), start + 30s).said == nullptr);
}

TEST_CASE("a name's types are different questions", "[dns][cache]") {
    dns::cache cache(10);
    cache.put(mx_of("a.test"), hosts("mx.a.test", 60s), start);

    CHECK(cache.find({"a.test", record_type::a}, start).said == nullptr);
    CHECK(cache.find({"a.test", record_type::aaaa}, start).said == nullptr);
    CHECK(cache.find(mx_of("b.test"), start).said == nullptr);
    CHECK(cache.find(mx_of("a.test"), start).said != nullptr);
}

TEST_CASE("an answer that is not to be kept is not kept", "[dns][cache]") {
    dns::cache cache(10);
    cache.put(mx_of("a.test"), hosts("mx.a.test", 0s), start);

    CHECK(cache.find(mx_of("a.test"), start).said == nullptr);
    CHECK(cache.size() == 0);
}

TEST_CASE("a later answer takes the place of an earlier one", "[dns][cache]") {
    dns::cache cache(10);
    cache.put(mx_of("a.test"), hosts("old.test", 60s), start);
    cache.put(mx_of("a.test"), hosts("new.test", 60s), start + 30s);

    const auto found = cache.find(mx_of("a.test"), start + 80s);
    REQUIRE(found.said != nullptr);
    CHECK(found.said->exchanges.front().name == "new.test");
    CHECK(cache.size() == 1);
}

TEST_CASE("the answer that was not used for longest makes room", "[dns][cache]") {
    dns::cache cache(3);
    for (const auto* name : {"a.test", "b.test", "c.test"})
        cache.put(mx_of(name), hosts(name, 60s), start);
    REQUIRE(cache.find(mx_of("a.test"), start).said != nullptr);

    cache.put(mx_of("d.test"), hosts("d.test", 60s), start);

    CHECK(cache.size() == 3);
    CHECK(cache.find(mx_of("b.test"), start).said == nullptr);
    for (const auto* name : {"a.test", "c.test", "d.test"}) {
        CAPTURE(name);
        CHECK(cache.find(mx_of(name), start).said != nullptr);
    }
}

TEST_CASE("a cache without room keeps nothing", "[dns][cache]") {
    dns::cache cache(0);
    cache.put(mx_of("a.test"), hosts("mx.a.test", 60s), start);

    CHECK(cache.find(mx_of("a.test"), start).said == nullptr);
}

TEST_CASE("a million names leave no more than there is room for", "[dns][cache]") {
    dns::cache cache(100);
    for (int n = 0; n < 1'000'000; ++n)
        cache.put(mx_of(std::to_string(n)), {.error = dns::errc::not_found, .ttl = 60s}, start);

    CHECK(cache.size() == 100);
    CHECK(cache.find(mx_of("999999"), start).said != nullptr);
    CHECK(cache.find(mx_of("0"), start).said == nullptr);
}
