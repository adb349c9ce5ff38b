#include "relay/outbound/governor.hpp"

#include <algorithm>
#include <cassert>

namespace kurir::outbound {

using namespace std::chrono_literals;

namespace {

// A server that took a message so short a time ago is alive.
constexpr auto alive_for = 1min;

// Recipients that were put off one after the other; more are not theirs alone.
constexpr unsigned put_off_most = 20;

constexpr double usual_memory = 400;
constexpr double usual_known = 20;  // what a new destination is believed to have shown
constexpr double usual_first = 0.05;

// More than that is not put up with; and more than a little only if fewer connections made no
// difference, or there can be no fewer.
constexpr double usual_most = 0.35;
constexpr double usual_untested = 0.12;

// A success, and the failures before it that were not more than chance.
void add(share& share, unsigned failures) {
    for (unsigned i = 0; i < failures; ++i)
        share.add(true);
    share.add(false);
}

}  // namespace

governor::governor(const limits& limits)
    : limits_(limits),
      part_{.connections = limits.concurrency_max, .rate = limits.rate},
      connections_(limits.concurrency_max),
      usual_(usual_memory, usual_known, usual_first) {
    assert(limits_.concurrency_max >= 1);
    assert(limits_.pause_min <= limits_.pause_max);
    if (limits.rate) {
        const auto& [count, per] = *limits.rate;
        tokens_.emplace(count, per, net::token_bucket::even_burst(count, per));
    }
}

// Messages that went at the rate before count on.
void governor::set_part(const part& part, time_point now) {
    if (part.connections > 0) connections_.set_most(part.connections);
    if (tokens_ && part.rate && part.rate != part_.rate) {
        const auto& [count, per] = *part.rate;
        tokens_->change(count, per, net::token_bucket::even_burst(count, per), now);
    }
    part_ = part;
    if (!part.draws || !limits_.rate) return;
    if (!block_) block_.emplace(*limits_.rate);
    block_->set_nodes(part.nodes);
}

std::size_t governor::concurrency(time_point now) const noexcept {
    if (suspended(now) || part_.connections == 0) return 0;
    return failures_ > 0 ? 1 : allowed();
}

governor::learnt governor::learnt_at(time_point now) const {
    learnt made{
        .connections = concurrency(now),
        .connections_max = part_.connections,
        .pace = all_.pace(),
        .resting = all_.resting(),
        .tenants = tenants_.size(),
        .sessions_refused = row_.of_connections(),
        .unreachable = failures_,
        .rate = part_.rate,
        .nodes = part_.nodes,
        .connections_of_all = limits_.concurrency_max,
        .rate_of_all = limits_.rate,
    };
    if (block_) {
        made.tokens = block_->left(now);
        made.tokens_left = block_->left_over();
    }
    return made;
}

found_limits governor::limits_found() const noexcept {
    auto connections = connections_.found();
    const auto on_trial = trial_.found();
    if (on_trial) connections = std::min(connections.value_or(*on_trial), *on_trial);
    return {.connections = connections, .pace = all_.found()};
}

bool governor::begin_with(const found_limits& limits, time_point now) {
    const bool is_known = last_taken_ || all_.resting() || all_.pace() || failures_ > 0;
    if (is_known || limits.empty() || !limits_found().empty()) return false;
    if (limits.connections) trial_.begin_with(*limits.connections);
    if (limits.pace) all_.begin_with(*limits.pace, now);
    return true;
}

std::size_t governor::allowed() const noexcept {
    return std::min(connections_.allowed(), trial_.allowed());
}

// Neither a success nor a failure to whom it was a probe.
void governor::end_probes(const attempt& attempt) {
    all_.withdrawn(attempt.probe);
    attempt.tenant->pace.withdrawn(attempt.own_probe);
}

double governor::failing(const attempt& attempt) const noexcept {
    return std::max(usual_.value(), attempt.tenant->usual.value());
}

double governor::usual(const attempt& attempt) const noexcept {
    const bool tested = connections_.refuted() || attempt.beginning.connections < 2;
    return std::min(failing(attempt), tested ? usual_most : usual_untested);
}

bool governor::proven(time_point now) const noexcept {
    return taken_within(alive_for, now);
}

governor::time_point governor::not_before(time_point now) const {
    return std::max({all_.not_before(), rate_not_before(now), now});
}

governor::time_point governor::rate_not_before(time_point now) const {
    const auto paced = tokens_ ? tokens_->next() : now;
    if (!block_) return paced;
    const auto next = block_->next(now);
    // A token is asked for when it can be used.
    return paced > now && next == time_point::max() ? paced : std::max(paced, next);
}

governor::time_point governor::rate_until() const noexcept {
    return tokens_ ? tokens_->next() : time_point::min();
}

governor::delay governor::delay_reason(time_point now) const {
    if (not_before(now) <= now) return delay::none;
    const bool by_rate = tokens_ && rate_not_before(now) == not_before(now);
    return by_rate ? delay::rate : delay::backoff;
}

governor::time_point governor::not_before(const std::string& tenant, time_point now) const {
    const auto* known = tenants_.find(tenant);
    return known == nullptr ? now : std::max(known->pace.not_before(), now);
}

governor::attempt governor::started(
    const std::string& tenant, connection taking, bool first, time_point now
) {
    ++under_way_;
    if (taking.fresh) ++fresh_under_way_;
    attempt made{.tenant = tenants_.at(tenant, now), .began = now, .first = first};
    made.beginning = {
        .connections = std::max(taking.open, under_way_),
        .era = connections_.era(),
    };
    made.trial = {
        .fresh = taking.fresh,
        .place = taking.served + fresh_under_way_,
        .others_serve = taking.served > 0,
        .era = trial_.era(),
    };
    if (under_way_ >= allowed()) may_grow_ = under_way_;
    if (tokens_) tokens_->spend(now);
    if (block_) block_->spend();
    made.probe = all_.started(now);
    made.own_probe = made.tenant->pace.started(now);
    return made;
}

void governor::ended(const attempt& attempt, answer result, bool fewer, time_point now) {
    if (under_way_ > 0) --under_way_;
    if (attempt.trial.fresh) --fresh_under_way_;
    switch (result) {
        case answer::taken:
            taken(attempt, now);
            break;
        case answer::put_off:
            failures_ = 0;
            attempt.tenant->first.add(attempt.first);
            if (++attempt.tenant->put_off > put_off_most && !attempt.tenant->passes_later()) {
                refused(attempt, fewer, now);
            } else {
                end_probes(attempt);
            }
            break;
        case answer::refused:
            failures_ = 0;
            refused(attempt, fewer, now);
            break;
        case answer::no_session:
            session_refused(attempt, fewer, now);
            break;
        case answer::withdrawn:
            end_probes(attempt);
            break;
    }
}

void governor::taken(const attempt& attempt, time_point now) {
    auto& tenant = *attempt.tenant;
    last_taken_ = now;
    failures_ = 0;
    tenants_.count(tenant, false);
    tenant.row = tenant.put_off = 0;
    if (tenant.pace.below_limit()) add(tenant.usual, tenant.unjudged);
    if (all_.below_limit() && connections_.below_limit(attempt.beginning)) add(usual_, unjudged_);
    tenant.unjudged = unjudged_ = 0;
    (attempt.first ? tenant.first : tenant.again).add(false);
    tenant.pace.succeeded(now, attempt.own_probe);
    row_.clear();
    all_.succeeded(now, attempt.probe);
    // Only what is used can be said to be taken.
    auto beginning = attempt.beginning;
    beginning.used_all = may_grow_ > 0;
    if (may_grow_ > 0) --may_grow_;
    connections_.succeeded(beginning, usual(attempt));
    if (trial_.succeeded(attempt.trial)) connections_.grow_from(attempt.trial.place);
}

// Only where no limit is met and nothing rests: that would be no part that fails whatever we do. A
// row that is believed is no chance either.
void governor::may_be_chance(const attempt& attempt) {
    if (!all_.below_limit() || !attempt.tenant->pace.below_limit()) return;
    if (connections_.below_limit(attempt.beginning)) ++unjudged_;
}

void governor::refused(const attempt& attempt, bool fewer, time_point now) {
    auto& tenant = *attempt.tenant;
    (attempt.first ? tenant.first : tenant.again).add(true);
    if (attempt.first && tenant.passes_later()) {
        end_probes(attempt);
        return;
    }
    tenants_.count(tenant, true);
    const bool own = tenants_.own_fault(tenant);
    if (!own && connections_explain(attempt, fewer)) return;
    if (!tenant.pace.knows_of(attempt.began)) {
        if (tenant.pace.below_limit()) ++tenant.unjudged;
        if (tenant.pace.refused(attempt.began, now, ++tenant.row, usual(attempt))) {
            tenant.unjudged = unjudged_ = 0;
        }
    }
    if (own) {
        all_.withdrawn(attempt.probe);
    } else if (!all_.knows_of(attempt.began)) {
        row_.add(&tenant);
        count_row(attempt, now);
    }
}

// Nobody's message was refused.
void governor::session_refused(const attempt& attempt, bool fewer, time_point now) {
    if (connections_explain(attempt, fewer)) return;
    attempt.tenant->pace.withdrawn(attempt.own_probe);
    if (all_.knows_of(attempt.began)) return;
    row_.add();
    count_row(attempt, now);
}

// A new connection was refused while others are served.
bool governor::is_on_trial(const attempt& attempt) {
    const bool serving =
        attempt.trial.others_serve || (last_taken_ && *last_taken_ >= attempt.began);
    const auto says = trial_.refused(attempt.trial, serving, failing(attempt));
    if (says == connection_trial::finding::none) return false;
    if (says == connection_trial::finding::open) may_be_chance(attempt);
    end_probes(attempt);
    return true;
}

bool governor::connections_explain(const attempt& attempt, bool fewer) {
    if (is_on_trial(attempt)) return true;
    may_be_chance(attempt);
    const auto era = connections_.era();
    const bool explained = connections_.refused(attempt.beginning, fewer, usual(attempt));
    if (connections_.era() != era) attempt.tenant->unjudged = unjudged_ = 0;
    if (!explained) return false;
    end_probes(attempt);
    return true;
}

void governor::count_row(const attempt& attempt, time_point now) {
    if (row_.length() == 0) {
        all_.withdrawn(attempt.probe);
    } else if (all_.refused(attempt.began, now, row_.length(), usual(attempt))) {
        unjudged_ = 0;
    }
}

void governor::unreachable(time_point now) {
    // Connections that were under way together fail together: they count as one failure.
    if (suspended(now)) return;
    constexpr unsigned doublings_max = 20;
    const auto doublings = std::min(failures_, doublings_max);
    ++failures_;
    connections_.restart();
    trial_.restart();
    const auto pause = std::min(limits_.pause_min * (1L << doublings), limits_.pause_max);
    suspended_until_ = now + pause;
}

void governor::leave_alone(time_point until) {
    failures_ = std::max(failures_, 1U);
    connections_.restart();
    trial_.restart();
    suspended_until_ = until;
}

}  // namespace kurir::outbound
