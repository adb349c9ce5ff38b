// The dispatcher with two relayhosts and MX at once, against servers on loopback.
#include "tests/outbound/dispatcher_world.hpp"

using namespace kurir;
using namespace kurir::outbound;
using namespace tests;

namespace {

std::vector<queue::delivery> mail(shelf& store, std::uint64_t number, const std::string& sender) {
    std::vector<queue::delivery> parts;
    for (const std::string domain : {"a.test", "b.test"}) {
        parts.push_back(store.put(number, {sender + '@' + domain}));
        parts.back().sender_domain = sender;
    }
    return parts;
}

}  // namespace

TEST_CASE("two relayhosts and MX deliver side by side", "[dispatcher][routes]") {
    using together = std::vector<std::set<std::string>>;
    dispatcher_world world;
    auto& first = world.serve();
    auto& second = world.serve();
    world.start(route_table(
        {},
        {{.name = "one", .relayhosts = {{.host = "one.test", .port = first.port()}}},
         {.name = "two", .relayhosts = {{.host = "two.test", .port = second.port()}}}},
        rules_of("from=@one -> one; from=@two -> two")
    ));
    world.subject->arrived(mail(world.store, 1, "one"));
    world.subject->arrived(mail(world.store, 2, "two"));
    world.subject->arrived(mail(world.store, 3, "other"));
    world.run_until_settled(6);

    REQUIRE(world.store.settled.size() == 6);
    for (const auto& each : world.store.settled)
        CHECK(each.finished.size() == 1);
    CHECK(first.transactions == together{{"one@a.test", "one@b.test"}});
    CHECK(second.transactions == together{{"two@a.test", "two@b.test"}});
    const std::set<std::set<std::string>> by_exchange(
        world.exchange.transactions.begin(), world.exchange.transactions.end()
    );
    CHECK(by_exchange == std::set<std::set<std::string>>{{"other@a.test"}, {"other@b.test"}});
}

TEST_CASE("mail goes by no route that is weaker than a reload asks for", "[dispatcher][routes]") {
    const std::string rule = GENERATE("", "a.test=verify");
    dispatcher_world world;
    world.start();
    world.subject->arrived({world.store.put(1, {"one@a.test"})});
    world.store.on_settled = [&] {
        if (world.store.settled.size() == 2) return world.subject->stop();
        auto stricter = *world.config.get();
        if (rule.empty()) stricter.remote_tls = tls_policy::verify;
        if (!rule.empty()) CHECK_FALSE(config::tls_rules::read(rule, stricter.remote_tls_rules));
        world.config.set(std::make_shared<const config::config>(std::move(stricter)));
        world.names.error = dns::errc::timeout;
        world.subject->arrived({world.store.put(2, {"two@a.test"})});
    };
    world.run_to_the_end();
    REQUIRE(world.store.settled.size() == 2);
    CHECK(world.store.settled.back().finished.empty());
    CHECK(world.exchange.transactions.size() == 1);
}
