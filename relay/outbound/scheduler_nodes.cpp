// The part of the scheduler that knows the other nodes of a shared queue: a destination's limits
// hold over all of them, and each applies its part.
//
// A limit of fewer connections than there are nodes leaves some nodes without one. They keep no
// mail for that destination: it is given back, and its domains are left out of claims, so that a
// node that has a connection gets it.
//
// Of a rate with a long period a destination draws tokens while mail waits for it, and gives back
// what it has not needed for a while (token_block).
#include <utility>
#include <vector>

#include "relay/outbound/claim_plan.hpp"
#include "relay/outbound/scheduler.hpp"

namespace kurir::outbound {

namespace {

// Routes change. Then what was left to others is claimed once more, and given back once more.
constexpr auto left_out_for = std::chrono::minutes(1);
constexpr std::size_t left_out_max = 10'000;

// How long tokens are kept for mail that may come.
constexpr auto tokens_kept = std::chrono::seconds(30);

// The same on every node, though each has source addresses of its own.
std::string name_among_nodes(destination_key key) {
    key.source = {};
    return key.name();
}

}  // namespace

void scheduler::set_nodes(const queue::node_share& own, const instant& now) {
    share_ = own;
    left_out_.clear();
    for (const auto& site : sites_)
        give_part(*site, now);
    for (const auto& site : sites_) {
        close_surplus(*site);
        pump(*site, now);
    }
}

void scheduler::give_part(destination& site, const instant& now) {
    const auto name = name_among_nodes(site.route->key);
    const auto most = share_->part_of(site.state.whole().concurrency_max, name);
    auto rate = site.state.whole().rate;
    const bool draws = rate && rate->per >= queue::drawn_period_min;
    if (rate && !draws) {
        const auto part = share_->part_of_rate(rate->count, name);
        rate = config::rate{part.count, rate->per * part.periods};
    }
    site.state.set_part(
        {.connections = most, .rate = rate, .nodes = share_->nodes(), .draws = draws}, now.steady
    );
}

void scheduler::draw_tokens(destination& site, const instant& now) {
    auto* block = site.state.block();
    if (block == nullptr || (site.ready.empty() && site.last_chance.empty())) return;
    // Tokens last for a slice of the period.
    if (site.state.suspended(now.steady) || site.state.rate_until() > now.steady) return;
    auto request = block->draw(now.steady);
    if (!request) return;
    request->name = name_among_nodes(site.route->key);
    orders_.draw_tokens(site.route->key, std::move(*request));
}

void scheduler::tokens_drawn(
    const destination_key& key,
    const std::optional<queue::token_grant>& grant,
    net::clock::time_point asked,
    const instant& now
) {
    auto* site = known(key);
    auto* block = site == nullptr ? nullptr : site->state.block();
    if (block == nullptr) return;
    if (grant) {
        block->drawn(*grant, asked);
    } else {
        block->failed(now.steady);
    }
    if (stopping_) return give_back_tokens(*site);
    pump(*site, now);
}

void scheduler::give_back_tokens(destination& site) {
    auto* block = site.state.block();
    auto request = block == nullptr ? std::nullopt : block->give_back();
    if (!request) return;
    request->name = name_among_nodes(site.route->key);
    orders_.draw_tokens(site.route->key, std::move(*request));
}

void scheduler::give_back_unneeded(destination& site, const instant& now) {
    if (!site.ready.empty() || !site.last_chance.empty() || site.state.block() == nullptr) {
        site.unneeded_since.reset();
        return;
    }
    if (!site.unneeded_since) site.unneeded_since = now.steady;
    const auto end = *site.unneeded_since + tokens_kept;
    if (now.steady < end) {
        if (site.state.block()->left(now.steady) > 0) wake_at(site, end);
        return;
    }
    give_back_tokens(site);
}

// Those that are at work end after their message: wants_work().
void scheduler::close_surplus(destination& site) {
    const auto most = site.state.own_part().connections;
    auto surplus = site.connections > most ? site.connections - most : 0;
    for (; surplus > 0 && !site.idle.empty(); --surplus) {
        leave_idle(site.idle.front());
        orders_.disconnect(site.idle.front().id);
        site.idle.erase(site.idle.begin());
    }
}

// All that is not tried: another node has the connections.
void scheduler::give_away(destination& site, const instant& now) {
    auto items = site.ready.extract_if([](slot) { return true; });
    const auto last_chances = std::exchange(site.last_chance, {});
    items.insert(items.end(), last_chances.begin(), last_chances.end());
    if (items.empty()) return;
    std::vector<queue::claimed> untried;
    for (const auto item : items) {
        untried.push_back(claim_at(backlog_, item));
        leave_out(backlog_.domain(item), now);
        backlog_.erase(item);
    }
    orders_.give_back(std::move(untried));
    wake_at(site, now.steady);
}

void scheduler::leave_out(const std::string& domain, const instant& now) {
    if (left_out_.empty()) left_out_until_ = now.steady + left_out_for;
    if (left_out_.size() < left_out_max) left_out_.insert(domain);
}

std::vector<std::string> scheduler::left_to_others(const instant& now) {
    if (now.steady >= left_out_until_) left_out_.clear();
    return {left_out_.begin(), left_out_.end()};
}

}  // namespace kurir::outbound
