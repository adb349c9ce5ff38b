// A message's life, from its client to the end of its last recipient, as a third observer hears it.
// The other two are the log and the metrics.
#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "relay/log/log.hpp"
#include "relay/outbound/settle.hpp"
#include "tests/facts/recorder.hpp"
#include "tests/inbound/server_world.hpp"
#include "tests/queue/memory_owner.hpp"

using namespace kurir;
using namespace kurir::outbound;
using namespace tests;
using namespace std::chrono_literals;

namespace {

constexpr std::chrono::milliseconds lease = 1min;

config::config settings() {
    auto made = usual_config();
    made.retry_min = 5min;
    made.retry_max = 2h;
    made.max_queue_time = 96h;
    made.bounce_full_size = 50'000;
    return made;
}

// A server and what delivers its mail, with the same observers. The remote server is the test.
struct relay_world {
    explicit relay_world(asio::any_io_executor executor)
        : server(live, first.store(), counts.inbound, observers, {executor}), home(executor) {}

    // How the client's line was answered is another test's business.
    asio::awaitable<void> say(test_client& client, std::vector<std::string> lines) {
        for (const auto& line : lines)
            std::ignore = co_await client.ask(line);
    }

    finished_attempt ended(const queue::delivery& delivery, int code) {
        const smtp::reply reply{.code = code, .status = {}, .lines = {"said"}};
        finished_attempt attempt{
            .attempted = delivery,
            .message = first.read(delivery.id).value(),
            .verdicts = {},
            .record = {.started = net::clock::now(), .ended = now},
            .config = live.get(),
        };
        for (const auto recipient : delivery.recipients)
            attempt.verdicts.push_back({recipient, judge(stage::eod, reply)});
        return attempt;
    }

    // What the server's `code` brings, at once or with the failures of others.
    asio::awaitable<void> end(queue::delivery delivery, int code) {
        std::vector<ended_attempt> gathered;
        std::ignore = co_await outbound::settle(
            books,
            home,
            ended(delivery, code),
            [&](finished_attempt attempt, std::vector<recipient_fate> fates) {
                gathered.push_back({std::move(attempt), std::move(fates)});
            }
        );
        if (gathered.empty()) co_return;
        std::ignore = co_await settle_together(books, home, std::move(gathered));
    }

    queue::time_point now = net::wall_now() + 1min;  // what comes in meanwhile is due
    memory_queue shared{[this] { return now; }, lease};
    memory_owner first{shared};
    memory_owner second{shared};
    metrics::all counts;
    facts::metrics_observer counting{counts.inbound, counts.outbound, counts.queue};
    facts::log_observer logging;
    recorder third;
    facts::observers observers{&counting, &logging, &third};
    config::live_config live{settings()};
    inbound::server server;
    storage::home home;
    bookkeeping books{first.store(), counts.outbound, counts.queue, observers};
};

// One message to three domains: the first takes it, the second is not ready, the third refuses.
// Nobody takes the bounce, and another owner takes over what was deferred.
asio::awaitable<void> live(relay_world& world) {
    const auto bound = world.server.listen();
    REQUIRE(bound.has_value());
    auto socket = co_await net::connect(bound->front(), net::clock::now() + 240h);
    REQUIRE(socket.has_value());
    test_client client(std::move(*socket));
    std::ignore = co_await client.reply();
    co_await world.say(
        client,
        {"EHLO client.example",
         "MAIL FROM:<a@client.example>",
         "RCPT TO:<u@takes.example>",
         "RCPT TO:<u@waits.example>",
         "RCPT TO:<u@refuses.example>",
         "RCPT TO:nobody",
         "DATA",
         "Subject: x\r\n\r\n.",
         "QUIT"}
    );
    co_await world.server.drain(net::clock::now());

    auto deliveries = world.first.seen.deliveries(3);
    co_await world.end(deliveries.at(0), 250);
    co_await world.end(deliveries.at(1), 450);
    co_await world.end(deliveries.at(2), 550);
    world.first.claim(10);
    co_await world.end(world.first.seen.deliveries(4).at(3), 550);

    world.now += 3h;
    world.first.claim(10);
    const auto again = world.first.seen.deliveries(5).at(4);
    const auto late = world.ended(again, 250);
    world.now += lease;
    world.second.claim(10);
    std::ignore = co_await outbound::settle(world.books, world.home, late, {});
}

std::vector<std::string> events_of(const log::capture& captured) {
    const std::string before = R"("event":")";
    std::vector<std::string> events;
    for (const auto& line : captured.lines()) {
        const auto at = line.find(before) + before.size();
        const auto event = line.substr(at, line.find('"', at) - at);
        if (event != "lifecycle") events.push_back(event);
    }
    return events;
}

}  // namespace

TEST_CASE("a further observer hears a message's life, as do log and metrics", "[facts]") {
    const log::capture captured;
    asio::io_context context(1);
    relay_world world(context.get_executor());
    std::exception_ptr failure;
    asio::co_spawn(context, live(world), [&](std::exception_ptr escaped) {
        failure = escaped;
        if (failure) context.stop();
    });
    context.run();
    if (failure) std::rethrow_exception(failure);

    const auto id = world.first.seen.deliveries(1).at(0).id.text();
    const auto bounce = world.first.seen.deliveries(4).at(3).id.text();
    CHECK(
        world.third.heard ==
        std::vector<std::string>{
            "refused rcpt recipient_unqualified",
            "received " + id,
            "session_ended quit",
            "attempted " + id + " takes.example",
            "delivered " + id + " u@takes.example",
            "attempted " + id + " waits.example",
            "deferred " + id + " u@waits.example",
            "attempted " + id + " refuses.example",
            "bounced " + id + " u@refuses.example",
            "dsn_queued " + bounce,
            "attempted " + bounce + " client.example",
            "undeliverable " + bounce + " a@client.example",
            "dsn_undeliverable " + bounce,
            "claim_lost " + id + " waits.example",
        }
    );
    CHECK(
        events_of(captured) ==
        std::vector<std::string>{
            "rejected",
            "received",
            "session",
            "attempt",
            "delivered",
            "attempt",
            "deferred",
            "attempt",
            "bounced",
            "dsn_queued",
            "attempt",
            "undeliverable",
            "dsn_undeliverable",
            "claim_lost",
        }
    );
    using metrics::finish_outcome;
    auto& finished = world.counts.queue.queue_finished_total;
    CHECK(finished(finish_outcome::delivered).value() == 1);
    CHECK(finished(finish_outcome::bounced).value() == 1);
    CHECK(finished(finish_outcome::discarded).value() == 1);
    CHECK(world.counts.outbound.dsn_generated_total(metrics::dsn_type::failure).value() == 1);
    CHECK(world.counts.queue.queue_claims_lost_total.value() == 1);
    CHECK(
        world.counts.inbound.recipients_received_total(metrics::message_source::smtp).value() == 3
    );
    auto& inbound = world.counts.inbound;
    const auto nobody = inbound.user_names.index_of("");
    CHECK(inbound.smtp_user_messages_total(nobody).value() == 1);
    CHECK(inbound.smtp_user_recipients_total(nobody).value() == 3);
    CHECK(inbound.smtp_listener_messages_total(inbound.listener_names.index_of("")).value() == 1);
    CHECK(inbound.smtp_listener_rejects_total(inbound.listener_names.index_of("")).value() == 1);
    auto& outbound = world.counts.outbound;
    const auto route = outbound.route_names.index_of("default");
    using metrics::delivery_result;
    CHECK(outbound.route_attempts_total(route, delivery_result::delivered).value() == 1);
    CHECK(outbound.route_attempts_total(route, delivery_result::deferred).value() == 1);
    CHECK(outbound.route_attempts_total(route, delivery_result::failed).value() == 2);
}
