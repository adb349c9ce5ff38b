// Several routes at once: what shares a connection, a transaction, workers and a governor.
#include <algorithm>
#include <map>
#include <set>
#include <string>

#include "tests/outbound/scheduler_world.hpp"

using namespace tests;

namespace {

// Two relayhosts for the mail of two senders; everything else by MX, and strictly to the bank.
route_table two_relayhosts() {
    return route_table(
        {},
        {{.name = "one", .relayhosts = {{.host = "one.example"}}},
         {.name = "two", .relayhosts = {{.host = "two.example"}}, .credential = "two"},
         {.name = "strict", .tls = tls_policy::verify}},
        rules_of("to=bank.example -> strict; from=@one.test -> one; "
                 "from=@two -> two; user=app -> two")
    );
}

scheduler_limits many_workers() {
    auto limits = scheduler_world::usual();
    limits.workers = 100;
    return limits;
}

queue::delivery mail(std::uint64_t id, const std::string& domain) {
    auto made = delivery_due(id, noon);
    made.domain = domain;
    return made;
}

queue::delivery mail_from(std::uint64_t id, const std::string& domain, const std::string& sender) {
    auto made = mail(id, domain);
    made.sender_domain = sender;
    made.tenant = "tenant " + sender;
    return made;
}

void arrive(scheduler_world& relay, queue::delivery delivery) {
    delivery.due = delivery.received_at = relay.wall;
    relay.subject.arrived({std::move(delivery)}, relay.now());
}

// Finishes every job and opens every connection for a while; counts messages by destination.
std::map<std::string, int> play(scheduler_world& relay, std::chrono::milliseconds time) {
    std::map<std::string, int> taken;
    for (auto passed = 0ms; passed < time; passed += 10ms) {
        relay.pass(10ms);
        while (!relay.gone.empty())
            relay.end(*relay.gone.begin());
        relay.open_all();
        const auto jobs = relay.jobs;
        for (const auto& [connection, delivery] : jobs) {
            ++taken[relay.names.at(connection)];
            relay.ask(connection, kind::succeeded);
        }
    }
    return taken;
}

}  // namespace

TEST_CASE("domains share connections exactly when their keys are equal", "[scheduler][routes]") {
    const destination_key first{.site = "mx.example"};
    auto second = first;
    const int part = GENERATE(0, 1, 2, 3, 4, 5, 6);
    switch (part) {
        case 1:
            second.tls = tls_policy::verify;
            break;
        case 2:
            second.credential = "billing";
            break;
        case 3:
            second.source = boost::asio::ip::make_address("192.0.2.1");
            break;
        case 4:
            second.route = "bulk";
            break;
        case 5:
            second.rate_class = "b.example";
            break;
        case 6:
            second.site = "mx2.example";
            break;
        default:
            break;
    }
    scheduler_world relay;
    arrive(relay, mail(1, "a.example"));
    relay.route("a.example", first);
    relay.open_all();
    REQUIRE(relay.jobs.size() == 1);
    const auto connection = relay.jobs.begin()->first;
    relay.ask(connection, kind::succeeded);
    REQUIRE(relay.jobs.empty());

    arrive(relay, mail(2, "b.example"));
    relay.route("b.example", second);
    INFO("part " << part);
    if (part == 0) {
        REQUIRE(relay.jobs.contains(connection));
        CHECK(relay.jobs.at(connection).id.value() == 2);
        CHECK(relay.subject.destinations() == 1);
    } else {
        CHECK(relay.jobs.empty());
        relay.open_all();
        REQUIRE(relay.jobs.size() == 1);
        CHECK(relay.jobs.begin()->first != connection);
        CHECK(relay.names.at(relay.jobs.begin()->first) == second.name());
        CHECK(relay.subject.destinations() == 2);
    }
}

TEST_CASE("a changed route opens new connections, and the old ones end", "[scheduler][routes]") {
    scheduler_world relay;
    const destination_key clear{.site = "mx.example"};
    const destination_key strict{.site = "mx.example", .tls = tls_policy::verify};
    const bool shared = GENERATE(false, true);
    INFO("another domain has the old key still: " << shared);
    arrive(relay, mail(1, "a.example"));
    relay.route("a.example", clear);
    relay.open_all();
    REQUIRE(relay.jobs.size() == 1);
    const auto old = relay.jobs.begin()->first;

    relay.pass(29s);
    if (shared) {
        arrive(relay, mail(100, "b.example"));
        relay.route("b.example", clear);
        relay.connecting.clear();
    }
    // These wait for the connection that is busy, or for more of them.
    for (std::uint64_t id = 2; id <= 9; ++id)
        arrive(relay, mail(id, "a.example"));
    relay.pass(2s);
    arrive(relay, mail(10, "a.example"));
    REQUIRE(relay.lookups == std::vector<std::string>{"a.example"});
    relay.connecting.clear();  // of the old key; they never open
    relay.route("a.example", strict);
    CHECK(relay.connections_to(strict.name()) > 0);
    CHECK(relay.connections_to(clear.name()) == 0);

    // The old connection finishes its job, and gets no mail of this domain.
    relay.ask(old, kind::succeeded);
    if (relay.jobs.contains(old)) CHECK(relay.jobs.at(old).domain == "b.example");
    if (shared) relay.ask(old, kind::succeeded);
    CHECK_FALSE(relay.jobs.contains(old));
    relay.open_all();
    REQUIRE_FALSE(relay.jobs.empty());
    for (const auto& [connection, delivery] : relay.jobs) {
        INFO(delivery.domain << ' ' << delivery.id.value() << ' ' << connection);
        CHECK(relay.names.at(connection) == strict.name());
    }
    while (!relay.jobs.empty())
        relay.ask(relay.jobs.begin()->first, kind::succeeded);
    relay.pass(6s);
    CHECK(relay.gone.contains(old));
}

TEST_CASE("routes depend on what is known of the mail", "[scheduler][routes]") {
    scheduler_world relay(many_workers(), two_relayhosts());
    arrive(relay, mail_from(1, "a.example", "else.test"));
    arrive(relay, mail_from(2, "a.example", "one.test"));
    arrive(relay, mail_from(3, "a.example", "two"));
    arrive(relay, mail_from(4, "bank.example", "one.test"));
    auto by_credential = mail(5, "a.example");
    by_credential.terms = queue::delivery_terms{.credential = "app"};
    arrive(relay, by_credential);
    auto decided = mail_from(6, "a.example", "one.test");
    decided.terms = queue::delivery_terms{.route = "two"};
    arrive(relay, decided);
    auto gone = mail_from(7, "a.example", "one.test");
    gone.terms = queue::delivery_terms{.route = "was removed"};
    arrive(relay, gone);
    REQUIRE(
        relay.lookups ==
        std::vector<std::string>{
            "a.example", "one:", "two:", "strict:bank.example", "was removed:a.example"
        }
    );
    relay.route("a.example", "mx");
    relay.route("one:", "one.example:25");
    relay.route("two:", "two.example:25");
    relay.route("strict:bank.example", "mx");
    relay.route("was removed:a.example", "mx");
    std::map<std::string, std::set<std::uint64_t>> went;
    for (relay.open_all(); !relay.jobs.empty(); relay.open_all()) {
        const auto& [connection, delivery] = *relay.jobs.begin();
        went[relay.names.at(connection)].insert(delivery.id.value());
        relay.ask(connection, kind::succeeded);
    }
    CHECK(went["mx"] == std::set<std::uint64_t>{1, 7});
    CHECK(went["one.example:25 (route=one)"] == std::set<std::uint64_t>{2});
    CHECK(went["two.example:25 (route=two, credential=two)"] == std::set<std::uint64_t>{3, 5, 6});
    CHECK(went["mx (route=strict, tls=verify)"] == std::set<std::uint64_t>{4});
}

TEST_CASE("a relayhost is looked up once, however many domains use it", "[scheduler][routes]") {
    scheduler_world relay(scheduler_world::usual(), two_relayhosts());
    for (std::uint64_t id = 1; id <= 100'000; ++id)
        arrive(relay, mail_from(id, "d" + std::to_string(id) + ".test", "one.test"));
    CHECK(relay.lookups == std::vector<std::string>{"one:"});
    relay.route("one:", "one.example:25");
    CHECK(relay.subject.destinations() == 1);
    CHECK(relay.subject.backlog().sum(queue::backlog::state::ready).deliveries == 100'000);
}

TEST_CASE("domains share a transaction where their route allows it", "[scheduler][routes]") {
    scheduler_world relay(scheduler_world::usual(), two_relayhosts());
    for (const auto* sender : {"one.test", "two", "else.test"}) {
        std::vector<queue::delivery> parts;
        for (const auto* domain : {"a.example", "b.example", "c.example"}) {
            auto part = mail_from(sender[0] == 'e' ? 3 : 7, domain, sender);
            part.id = queue::message_id(static_cast<std::uint64_t>(sender[0]));
            part.recipients = {static_cast<std::uint32_t>(parts.size())};
            parts.push_back(std::move(part));
        }
        relay.subject.arrived(std::move(parts), relay.now());
    }
    relay.route("one:", "one.example:25");
    relay.route("two:", "two.example:25");
    for (const auto* domain : {"a.example", "b.example", "c.example"})
        relay.route(domain, "mx");
    relay.open_all();
    while (!relay.jobs.empty())
        relay.ask(relay.jobs.begin()->first, kind::succeeded);
    auto sizes = relay.together;
    std::ranges::sort(sizes);
    CHECK(sizes == std::vector<std::size_t>{1, 1, 1, 3, 3});
    CHECK(relay.subject.backlog().size() == 0);
}

TEST_CASE("relayhosts side by side have rates of their own", "[scheduler][routes]") {
    auto limits = scheduler_world::usual();
    REQUIRE_FALSE(
        config::rate_rules::read("one.example=1/s,two.example=20/s", limits.destination_rate)
    );
    scheduler_world relay(limits, two_relayhosts());
    for (std::uint64_t id = 1; id <= 200; ++id) {
        arrive(relay, mail_from(3 * id, "a.example", "one.test"));
        arrive(relay, mail_from(3 * id + 1, "a.example", "two"));
        arrive(relay, mail_from(3 * id + 2, "a.example", "else.test"));
    }
    const auto answer = [](scheduler_world& world, const std::string& name) {
        world.route(name + ':', name + ".example");
    };
    answer(relay, "one");
    answer(relay, "two");
    relay.route("a.example", "mx");
    auto taken = play(relay, 5s);
    CHECK(taken["one.example (route=one)"] >= 4);
    CHECK(taken["one.example (route=one)"] <= 6);
    CHECK(taken["two.example (route=two, credential=two)"] >= 90);
    CHECK(taken["two.example (route=two, credential=two)"] <= 110);
    CHECK(taken["mx"] == 200);
}

TEST_CASE("a dead relayhost holds up neither another one nor the rest", "[scheduler][routes]") {
    scheduler_world relay(many_workers(), two_relayhosts());
    for (std::uint64_t id = 1; id <= 50; ++id)
        arrive(relay, mail_from(id, "a.example", "one.test"));
    relay.route("one:", "one.example:25");
    relay.fail_all();
    CHECK(relay.suspensions == 1);
    CHECK(relay.subject.suspended(relay.now()).all == 1);
    CHECK(relay.subject.suspended(relay.now()).relayhosts == 1);
    for (std::uint64_t id = 100; id < 150; ++id) {
        arrive(relay, mail_from(id, "a.example", "two"));
        arrive(relay, mail_from(id + 100, "a.example", "else.test"));
    }
    relay.route("two:", "two.example:25");
    relay.route("a.example", "mx");
    auto taken = play(relay, 5s);
    CHECK(taken["two.example:25 (route=two, credential=two)"] == 50);
    CHECK(taken["mx"] == 50);
    CHECK(taken.size() == 2);
    // A destination by MX that is suspended is none of the relayhosts.
    arrive(relay, mail_from(300, "dead.example", "else.test"));
    relay.route("dead.example", "dead");
    relay.fail_all();
    CHECK(relay.subject.suspended(relay.now()).all == 2);
    CHECK(relay.subject.suspended(relay.now()).relayhosts == 1);
}

TEST_CASE(
    "a relayhost has every worker until another destination wants one", "[scheduler][routes]"
) {
    auto limits = scheduler_world::usual();
    limits.destination_concurrency = 100;
    scheduler_world relay(limits, two_relayhosts());
    for (std::uint64_t id = 1; id <= 3000; ++id)
        arrive(relay, mail_from(id, "a.example", "one.test"));
    relay.route("one:", "one.example:25");
    for (int i = 0; i < 200; ++i) {
        relay.open_all();
        relay.ask(relay.jobs.begin()->first, kind::succeeded);
    }
    relay.open_all();
    REQUIRE(relay.subject.connections() == limits.workers);

    // By MX or by another relayhost, and by one that was never heard of.
    const bool by_relayhost = GENERATE(true, false);
    arrive(relay, mail_from(9000, "b.example", by_relayhost ? "two" : "else.test"));
    relay.route(by_relayhost ? "two:" : "b.example", "other");
    const std::string other = by_relayhost ? "other (route=two, credential=two)" : "other";
    CHECK(relay.connections_to(other) == 0);
    const auto jobs = relay.jobs;
    for (const auto& [connection, delivery] : jobs) {
        relay.ask(connection, kind::succeeded);
        if (relay.gone.contains(connection)) relay.end(connection, kind::none);
    }
    CHECK(relay.connections_to(other) == 1);
    // It gave back no more than what the other one needs to begin.
    CHECK(relay.subject.connections() >= limits.workers - limits.workers / 4);
    // When the other one has gone, it has every worker again.
    const auto last = relay.connecting.begin()->first;
    relay.open_all();
    REQUIRE(relay.jobs.at(last).id.value() == 9000);
    relay.end(last, kind::unreachable);
    for (int i = 0; i < 200; ++i) {
        relay.open_all();
        relay.ask(relay.jobs.begin()->first, kind::succeeded);
    }
    relay.open_all();
    CHECK(relay.subject.connections() == limits.workers);
}

TEST_CASE(
    "a new credential is tried at once where the old one was refused", "[scheduler][routes]"
) {
    scheduler_world scene(
        scheduler_world::usual(),
        route_table({.relayhosts = {{.host = "hub.example"}}, .credential = "default"})
    );
    scene.arrive_many(10, "example.com");
    scene.route("", "hub");
    scene.fail_all();
    CHECK(scene.suspensions == 1);
    scene.subject.credential_changed("other", scene.now());
    scene.pass(1s);
    CHECK(scene.connecting.empty());
    scene.subject.credential_changed("default", scene.now());
    scene.pass(1s);
    CHECK(scene.connecting.size() == 1);
}
