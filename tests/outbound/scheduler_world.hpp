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
#include "tests/queue/deliveries.hpp"
#include "tests/support/catch.hpp"

namespace tests {

using namespace kurir;
using namespace kurir::outbound;
using namespace std::chrono_literals;
using kind = report::kind;

class scheduler_world final : private orders {
public:
    explicit scheduler_world(scheduler_limits limits = usual()) : subject(limits, *this) {}

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
    void route(const std::string& domain, const std::string& site) {
        auto where = std::make_shared<outbound::route>();
        where->site = site;
        where->targets.push_back({.name = site, .port = 25, .addresses = {}});
        where->resolved_at = steady;
        lookups.erase(std::find(lookups.begin(), lookups.end(), domain));
        subject.route_found(domain, std::move(where), now());
    }
    void no_route(const std::string& domain, outcome how) {
        verdict why;
        why.outcome = how;
        lookups.erase(std::find(lookups.begin(), lookups.end(), domain));
        subject.route_found(domain, std::move(why), now());
    }
    // The connection was opened, or did its job, and asks for the next one.
    void ask(connection_id which, kind last = kind::none) {
        jobs.erase(which);
        subject.wants_work(which, {.what = last}, now());
    }
    void end(connection_id which, kind last = kind::none) {
        jobs.erase(which);
        connecting.erase(which);
        gone.erase(which);
        verdict trouble;
        trouble.diagnostic = "connection refused";
        subject.ended(which, {.what = last, .why = trouble}, now());
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
            const auto which = connecting.begin()->first;
            connecting.erase(which);
            ask(which);
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
    std::vector<std::string> lookups;
    std::map<connection_id, std::string> connecting;  // to which site
    std::map<connection_id, queue::delivery> jobs;
    std::set<connection_id> gone;  // were sent home
    std::vector<std::pair<queue::backlog::slot, verdict>> concluded;
    std::vector<std::uint64_t> handed_out;
    std::vector<std::size_t> together;                      // deliveries in each job
    std::vector<std::pair<std::uint64_t, held_back>> told;  // of what waits
    int suspensions = 0;
    int resumptions = 0;
    std::map<throttle, int> withheld_for;
    scheduler subject;

private:
    void find_route(const std::string& domain) override { lookups.push_back(domain); }
    void connect(connection_id which, std::shared_ptr<const outbound::route> to) override {
        connecting[which] = to->site;
    }
    void deliver(connection_id which, outbound::job what) override {
        for (const auto& each : what)
            handed_out.push_back(each.id.value());
        together.push_back(what.size());
        jobs[which] = std::move(what.front());
    }
    void disconnect(connection_id which) override { gone.insert(which); }
    void conclude(queue::backlog::slot which, queue::delivery, verdict what) override {
        concluded.emplace_back(which, std::move(what));
    }
    void withheld(throttle why) override { ++withheld_for[why]; }
    void suspended(const destination&, std::chrono::milliseconds) override { ++suspensions; }
    void resumed(const destination&) override { ++resumptions; }
    void waiting(const queue::delivery& what, const held_back& by) override {
        told.emplace_back(what.id.value(), by);
    }
};

}  // namespace tests
