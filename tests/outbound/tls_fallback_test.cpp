// A server that offers TLS and does not come to it: where mail then goes, and what is remembered.
#include <openssl/ssl.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "relay/outbound/connection_slot.hpp"
#include "relay/outbound/relayhost_probe.hpp"
#include "tests/outbound/delivery_world.hpp"
#include "tests/support/catch.hpp"

using namespace kurir;
using namespace kurir::outbound;
using namespace tests;

namespace {

// One job, and what became of it.
class one_job final : public job_source {
public:
    explicit one_job(asio::any_io_executor executor) : executor_(std::move(executor)) {}

    std::optional<job> first;
    std::vector<report> reports;

    const asio::any_io_executor& executor() const noexcept override { return executor_; }
    void next(connection_id, const report& last, net::answer_function<std::optional<job>> answer)
        override {
        note(last);
        answer(std::exchange(first, std::nullopt));
    }
    void finished(connection_id, const report& last) override { note(last); }
    void ended(connection_id, const report& last) override { note(last); }
    void put_back(job) override {}
    void put_off(job, verdict) override {}
    void set_aside(job, std::uint64_t) override {}
    void report_failure(failed_attempt) override {}

private:
    void note(const report& last) {
        if (last.result != report::kind::none) reports.push_back(last);
    }

    asio::any_io_executor executor_;
};

// What a server says to STARTTLS that offers it.
scripted_server::script offers_and_says(std::string reply) {
    return [reply](std::size_t, const std::string& line) -> std::optional<std::string> {
        if (line.starts_with("EHLO")) return "250-mx.test\r\n250 STARTTLS\r\n";
        if (line == "STARTTLS") return reply;
        return std::nullopt;
    };
}

// Breaks the handshake of its first connection, and offers no TLS on the next.
std::optional<std::string> breaks_once(std::size_t session, const std::string& line) {
    if (session == 1 && line.starts_with("EHLO")) return "250-mx.test\r\n250 STARTTLS\r\n";
    if (line == "STARTTLS") return broken_tls;
    return std::nullopt;
}

struct tls_world : delivery_world {
    tls_world() { REQUIRE(tls.load("").empty()); }
    tls_world(const tls_world&) = delete;
    tls_world& operator=(const tls_world&) = delete;
    ~tls_world() {
        for (auto& each : servers)
            each.stop();
        context.restart();
        context.run_for(60s);
    }

    // Delivers one message to this server, whatever comes of it.
    report deliver(scripted_server& server, tls_policy policy) {
        auto hosts = std::make_shared<route>(*route_to({server.port()}));
        for (auto& each : hosts->targets)
            each.tls = policy;
        one_job jobs(context.get_executor());
        jobs.first = job{store.put(++messages, {"user@remote.test"})};
        run_on([&]() -> asio::awaitable<void> {
            connection_slot slot(setup, home, jobs, messages, hosts, held);
            co_await slot.run();
            co_await settle_down();
        });
        REQUIRE(jobs.reports.size() == 1);
        return jobs.reports.front();
    }

    // Runs `body`; the servers stay.
    template <class Body>
    void run_on(Body body) {
        bool ended = false;
        asio::co_spawn(context, body, [&](std::exception_ptr failure) {
            if (failure) std::rethrow_exception(failure);
            ended = true;
            context.stop();
        });
        context.restart();
        context.run_for(60s);
        REQUIRE(ended);
    }

    // A session of earlier, which no server knows.
    void keep_session(const destination_key& key, const host_address& host) {
        tls.terms_for(key, host).resumption.keep({
            .session = std::shared_ptr<SSL_SESSION>(::SSL_SESSION_new(), ::SSL_SESSION_free),
        });
    }
    bool has_session(const destination_key& key, const host_address& host) {
        return tls.terms_for(key, host).resumption.earlier.session != nullptr;
    }

    double failures(metrics::remote_tls_failure reason) {
        return metrics.outbound.outbound_tls_failures_total(reason).value();
    }
    double in_clear(metrics::clear_reason reason) {
        return metrics.outbound.outbound_clear_total(reason).value();
    }

    std::uint64_t messages = 0;
    const stake held = std::make_shared<char>();
};

host_address host_of(std::string name, scripted_server& server, tls_policy policy) {
    return {
        .name = std::move(name),
        .endpoint = {asio::ip::address_v4::loopback(), server.port()},
        .tls = policy,
    };
}

using metrics::clear_reason;
using metrics::remote_tls_failure;

struct misbehaviour {
    std::string reply;
    std::size_t connections;  // for the first message, where clear is allowed
};

const std::vector<misbehaviour> misbehaviours{
    {"454 4.7.0 not now\r\n", 1},
    {"501 what\r\n", 1},
    {"554 5.7.3 no\r\n", 1},
    {"421 4.7.0 closing\r\n", 2},
    {"250 hello\r\n", 2},
    {"354 go on\r\n", 2},
    {"220 go on\r\n250 injected\r\n", 2},
    {"220 go on\r\n250-AUTH", 2},
    {"garbage\r\n", 2},
    {hang_up, 2},
};

}  // namespace

TEST_CASE("where clear is allowed, TLS that is not started costs no mail", "[slot][tls]") {
    for (const auto& [reply, connections] : misbehaviours) {
        CAPTURE(reply);
        tls_world world;
        auto& server = world.serve(offers_and_says(reply));
        CHECK(world.deliver(server, tls_policy::may).result == report::kind::succeeded);
        CHECK(server.transactions.size() == 1);
        CHECK(server.connections == connections);
        CHECK(server.heard("STARTTLS") == 1);
        CHECK(world.failures(remote_tls_failure::refused) == 1);
        CHECK(world.in_clear(clear_reason::failed) == 1);

        // It is remembered: the next connection goes in clear at once.
        CHECK(world.deliver(server, tls_policy::may).result == report::kind::succeeded);
        CHECK(server.connections == connections + 1);
        CHECK(server.heard("STARTTLS") == 1);
        CHECK(world.in_clear(clear_reason::failed_lately) == 1);
    }
}

TEST_CASE("where it is not allowed, nothing is sent, and the mail waits", "[slot][tls]") {
    for (const auto& [reply, ignored] : misbehaviours) {
        for (const auto policy : {tls_policy::encrypt, tls_policy::verify}) {
            CAPTURE(reply);
            tls_world world;
            auto& server = world.serve(offers_and_says(reply));
            const auto told = world.deliver(server, policy);
            CHECK(told.result == report::kind::no_session);
            CHECK(told.why.outcome == outcome::deferred);
            CHECK(told.why.stage == stage::tls);
            CHECK(told.why.cause == cause::tls);
            CHECK(told.why.status == smtp::enhanced_status{4, 7, 4});
            CHECK(server.connections == 1);
            CHECK(server.heard("MAIL") == 0);
            REQUIRE(world.store.settled.size() == 1);
            CHECK(world.store.settled.front().finished.empty());
            CHECK(world.metrics.outbound.bounces_total(metrics::bounce_reason::other).value() == 0);
        }
    }
}

TEST_CASE("a server that does not offer TLS gets mail only where that is allowed", "[slot][tls]") {
    tls_world world;
    auto& server = world.serve();
    const auto told = world.deliver(server, tls_policy::encrypt);
    CHECK(told.result == report::kind::no_session);
    CHECK(world.failures(remote_tls_failure::not_offered) == 1);
    CHECK(server.heard("MAIL") == 0);
    CHECK(world.deliver(server, tls_policy::may).result == report::kind::succeeded);
    CHECK(world.in_clear(clear_reason::not_offered) == 1);
    CHECK(world.deliver(server, tls_policy::off).result == report::kind::succeeded);
    CHECK(world.in_clear(clear_reason::policy) == 1);
    CHECK(server.heard("STARTTLS") == 0);
}

TEST_CASE("what a strict destination met does not weaken another", "[slot][tls]") {
    tls_world world;
    auto& server = world.serve(offers_and_says("454 4.7.0 not now\r\n"));
    CHECK(world.deliver(server, tls_policy::may).result == report::kind::succeeded);
    CHECK(world.deliver(server, tls_policy::encrypt).result == report::kind::no_session);
    CHECK(server.heard("STARTTLS") == 2);
}

TEST_CASE("a session that can't be resumed weakens nothing", "[slot][tls]") {
    const auto policy = GENERATE(tls_policy::may, tls_policy::encrypt);
    tls_world world;
    auto& server = world.serve(breaks_once);
    const auto key = route_to({server.port()})->key;
    const auto host = host_of("mx1.test", server, policy);
    world.keep_session(key, host);
    REQUIRE(world.has_session(key, host));

    // Once more without the session, by the same policy; this time TLS is not offered.
    const bool delivered = world.deliver(server, policy).result == report::kind::succeeded;
    CHECK(server.connections == 2);
    CHECK_FALSE(world.has_session(key, host));
    CHECK(world.failures(remote_tls_failure::refused) == 0);
    CHECK_FALSE(world.tls.failed_lately(host));
    CHECK(delivered == (policy == tls_policy::may));
    CHECK(world.in_clear(clear_reason::failed) == 0);
    CHECK(world.in_clear(clear_reason::not_offered) == (delivered ? 1 : 0));
}

TEST_CASE("a probe tries once more without a session that can't be resumed", "[probe][tls]") {
    const auto policy = GENERATE(tls_policy::may, tls_policy::encrypt);
    tls_world world;
    auto& server = world.serve(breaks_once);
    const auto host = host_of("hub.test", server, policy);
    const destination_key key{.site = server_of(host), .tls = policy};
    world.keep_session(key, host);
    REQUIRE(world.has_session(key, host));

    loopback_names names;
    metrics::registry registry;
    metrics::relayhosts relayhosts{registry, {}};
    logins book{world.config, relayhosts, nullptr};
    const config::relayhost hub{.host = host.name, .port = server.port()};
    const probed_server probed{.server = hub, .definition = {.relayhosts = {hub}, .tls = policy}};
    trial_report found;
    world.run_on([&]() -> asio::awaitable<void> {
        const trial_tools tools{world.config, names, book, world.tls, world.metrics.outbound};
        found = co_await probe_relayhost(tools, probed);
    });
    CHECK(server.connections == 2);
    CHECK_FALSE(world.has_session(key, host));
    CHECK(found.trouble.empty() == (policy == tls_policy::may));
    const auto has = [&](std::string_view name) {
        return std::ranges::any_of(found.steps, [&](const auto& step) {
            return step.name == name;
        });
    };
    CHECK(has("not resumed"));
    CHECK_FALSE(has("not secured"));
}

TEST_CASE("without a session a broken handshake is tried once", "[slot][tls]") {
    tls_world world;
    auto& server = world.serve(offers_and_says(broken_tls));
    CHECK(world.deliver(server, tls_policy::encrypt).result == report::kind::no_session);
    CHECK(server.connections == 1);
    CHECK(world.deliver(server, tls_policy::may).result == report::kind::succeeded);
    CHECK(server.connections == 3);
    CHECK(world.in_clear(clear_reason::failed) == 1);
}
