// A scheduler whose orders are recorded, and whose world is played: connections, names, time.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "relay/outbound/scheduler.hpp"
#include "relay/outbound/source_choice.hpp"
#include "tests/queue/deliveries.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/route_rules.hpp"

namespace tests {

using namespace kurir;
using namespace kurir::outbound;
using namespace std::chrono_literals;
using kind = report::kind;

// Everything goes to one relayhost.
inline route_table relayhost() {
    return route_table({.relayhosts = {{.host = "hub.example"}}});
}

class scheduler_world : private orders {
public:
    explicit scheduler_world(scheduler_limits limits = usual(), route_table table = route_table())
        : routes(std::move(table)), subject(limits, routes, *this) {}

    static scheduler_limits usual() {
        return {
            .workers = 8,
            .destination_concurrency = 4,
            .retry_min = 10min,
            .retry_max = 2h,
            .max_queue_time = 24h,
            .connection_idle = 5s,
        };
    }

    instant now() const { return {.steady = steady, .wall = wall}; }
    void pass(std::chrono::milliseconds time) {
        const auto end = steady + time;
        while (steady < end) {
            const auto step =
                std::min<net::clock::duration>(subject.until_next(now()), end - steady);
            steady += step;
            wall += std::chrono::ceil<std::chrono::milliseconds>(step);
            subject.tick(now());
        }
    }
    void arrive(std::uint64_t id, std::string domain, std::uint32_t attempts = 0) {
        auto made = delivery_due(id, wall, attempts);
        made.domain = std::move(domain);
        made.received_at = wall;
        subject.arrived({std::move(made)}, now());
    }
    // The ids 1 to `count`.
    void arrive_many(std::uint64_t count, const std::string& domain) {
        for (std::uint64_t id = 1; id <= count; ++id)
            arrive(id, domain);
    }
    // Answers a look-up: the hosts of a domain, or of a named route ("ses:", "strict:a.example").
    void route(const std::string& lookup, const std::string& site) {
        const auto choice = answered(lookup);
        const auto& definition = routes.find(choice.route);
        outbound::route made;
        made.key = {
            .site = site,
            .route = definition.name,
            .tls = definition.tls.value_or(tls_policy::may),
            .credential = definition.credential,
        };
        choose_sources(definition.sources, made);
        found(choice, std::move(made.key), !definition.relayhosts.empty());
    }
    // The same, by a key of any kind.
    void route(const std::string& lookup, destination_key key) {
        found(answered(lookup), std::move(key), false);
    }
    void no_route(const std::string& lookup, outcome failure) {
        verdict why;
        why.outcome = failure;
        subject.route_found(answered(lookup), std::move(why), now());
    }
    // The connection was opened, or did its job, and asks for the next one.
    void ask(connection_id connection, kind last = kind::none) {
        jobs.erase(connection);
        subject.wants_work(connection, {.result = last}, now());
    }
    void end(connection_id connection, kind last = kind::none) {
        jobs.erase(connection);
        connecting.erase(connection);
        gone.erase(connection);
        verdict trouble;
        trouble.diagnostic = "connection refused";
        subject.ended(connection, {.result = last, .why = trouble}, now());
    }
    // Every connection that opens finds that nobody is there.
    void fail_all() {
        while (!connecting.empty() || !jobs.empty()) {
            open_all();
            if (!jobs.empty()) end(jobs.begin()->first, kind::unreachable);
        }
    }
    // Opens every connection that was ordered.
    void open_all() {
        while (!connecting.empty()) {
            const auto connection = connecting.begin()->first;
            connecting.erase(connection);
            ask(connection);
        }
    }
    std::size_t connections_to(const std::string& site) const {
        return static_cast<std::size_t>(std::ranges::count_if(connecting, [&](const auto& each) {
            return each.second == site;
        }));
    }
    double throttled(throttle why) { return withheld_for[why]; }

    net::clock::time_point steady{1h};
    queue::time_point wall = noon;
    std::vector<std::string> lookups;  // domains, or names of routes with a colon and the domain
    std::map<connection_id, std::string> connecting;  // to which destination
    std::map<connection_id, std::string> names;       // of the destination of each, for ever
    std::map<connection_id, queue::delivery> jobs;
    std::set<connection_id> gone;  // were sent home
    std::vector<std::pair<queue::backlog::slot, verdict>> concluded;
    std::vector<std::uint64_t> handed_out;
    std::vector<std::uint64_t> given_back;
    std::vector<std::size_t> together;  // deliveries in each job
    std::vector<std::pair<destination_key, queue::token_request>> draws;
    std::vector<std::pair<std::uint64_t, suspension>> told;  // of what waits
    int suspensions = 0;
    int suspensions_told = 0;  // of these, to other relays
    int resumptions = 0;
    std::vector<found_limits> limits_told;
    std::map<throttle, int> withheld_for;
    route_table routes;
    scheduler subject;

private:
    static std::string text_of(const route_choice& choice) {
        return choice.route.empty() ? choice.domain : choice.route + ':' + choice.domain;
    }
    route_choice answered(const std::string& lookup) {
        lookups.erase(std::find(lookups.begin(), lookups.end(), lookup));
        return asked_.at(lookup);
    }
    void found(const route_choice& choice, destination_key key, bool relayhost) {
        auto made = std::make_shared<outbound::route>();
        made->targets.push_back({.name = key.site, .port = 25, .addresses = {}});
        made->key = std::move(key);
        made->relayhost = made->any_domain = made->any_worker = relayhost;
        made->resolved_at = steady;
        subject.route_found(choice, std::move(made), now());
    }

    void find_route(const route_choice& choice) override {
        lookups.push_back(text_of(choice));
        asked_[text_of(choice)] = choice;
    }
    void connect(connection_id connection, std::shared_ptr<const outbound::route> target) override {
        connecting[connection] = target->key.name();
        names[connection] = target->key.name();
    }
    void deliver(connection_id connection, outbound::job job) override {
        for (const auto& each : job)
            handed_out.push_back(each.id.value());
        together.push_back(job.size());
        jobs[connection] = std::move(job.front());
    }
    void disconnect(connection_id connection) override { gone.insert(connection); }
    void conclude(queue::backlog::slot slot, queue::delivery, verdict meaning) override {
        concluded.emplace_back(slot, std::move(meaning));
    }
    void give_back(std::vector<queue::claimed> untried) override {
        for (const auto& each : untried)
            given_back.push_back(each.id.value());
    }
    void draw_tokens(const destination_key& key, queue::token_request request) override {
        draws.emplace_back(key, std::move(request));
    }
    void withheld(throttle why) override { ++withheld_for[why]; }
    void suspended(const destination& site, std::chrono::milliseconds) override {
        ++suspensions;
        if (site.told) ++suspensions_told;
    }
    void resumed(const destination&) override { ++resumptions; }
    void limits_found(const destination&, const found_limits& limits) override {
        limits_told.push_back(limits);
    }
    void waiting(const queue::delivery& delivery, const suspension& cause) override {
        told.emplace_back(delivery.id.value(), cause);
    }

    std::map<std::string, route_choice> asked_;
};

}  // namespace tests
