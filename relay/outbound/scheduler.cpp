#include "relay/outbound/scheduler.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

namespace kurir::outbound {

using namespace std::chrono_literals;
using net::clock;
using backlog_state = queue::backlog::state;

namespace {

// Two clocks are not read at the same moment.
constexpr auto clock_tolerance = 1s;

// A first attempt waits only when it was put back.
constexpr auto first_attempt_max = 1min;

// How long a route is used before it is asked for again; the resolver's cache knows the TTLs.
constexpr auto route_lifetime = 30s;

// How long one destination waits for another that asks for the same route.
constexpr auto question_patience = 1s;

constexpr int released_at_once = 1000;

// Routes without mail are forgotten in passing.
constexpr auto sweep_interval = 30s;
constexpr std::chrono::milliseconds pause_min = 1ms;
constexpr auto tell_pause = 10ms;

// How often mail is looked for whose time is over: a few per cent late.
std::chrono::milliseconds expiry_interval(std::chrono::milliseconds lifetime) {
    return std::clamp<std::chrono::milliseconds>(lifetime / 40, 500ms, 30s);
}

bool is_stale(const std::shared_ptr<const route>& route, const instant& now) {
    return !route || now.steady - route->resolved_at >= route_lifetime;
}

// Mail for one destination mostly comes together.
void note(std::vector<destination*>& sites, destination* site) {
    if (site != nullptr && (sites.empty() || sites.back() != site)) sites.push_back(site);
}

}  // namespace

scheduler::scheduler(const scheduler_limits& limits, const route_table& routes, orders& orders)
    : limits_(limits), routes_(routes), orders_(orders), line_(limits.workers) {}

// All of them are ready before any is handed out: those of one message may leave together.
void scheduler::arrived(std::vector<queue::delivery> waiting, const instant& now) {
    follow_clock(now);
    std::vector<destination*> sites;
    for (auto& each : waiting) {
        doubt(each, now);
        if (each.terms->hold) {
            keep(std::move(each));
            continue;
        }
        const bool due = each.due <= now.wall;
        if (!due && each.attempts > 0) orders_.withheld(throttle::backoff);
        const auto item = keep(std::move(each));
        if (due && open_ && !stopping_) {
            note(sites, make_ready(item, now));
        } else {
            schedule_.insert(item);
        }
    }
    pump_all(sites, now);
}

scheduler::slot scheduler::keep(queue::delivery waiting) {
    const auto item = backlog_.insert(std::move(waiting));
    arrivals_.add(item);
    return item;
}

void scheduler::pump_all(const std::vector<destination*>& sites, const instant& now) {
    for (auto* site : sites)
        pump(*site, now);
}

void scheduler::set_open(bool open, const instant& now) {
    if (!std::exchange(open_, open) && open) {
        for (const auto& site : sites_)
            pump(*site, now);
    }
}

void scheduler::tick(const instant& now) {
    follow_clock(now);
    release_due(now);
    fire_timers(now);
    announce_waiting(now);
    if (now.steady >= next_expiry_) {
        next_expiry_ = now.steady + expiry_interval(limits_.max_queue_time);
        for (const auto& site : sites_)
            expire(*site, now);
    }
    if (now.steady < next_sweep_) return;
    next_sweep_ = now.steady + sweep_interval;
    std::erase_if(chosen_, [&](const auto& entry) { return is_idle(entry.second, now); });
}

// A route whose mail may have to move when it changes is kept.
bool scheduler::is_idle(const route_state& chosen, const instant& now) const {
    if (!is_stale(chosen.route, now) || chosen.resolving || !chosen.waiting.empty()) return false;
    const auto* site = chosen.last ? known(chosen.last->key) : nullptr;
    return site == nullptr || site->ready.empty();
}

std::chrono::milliseconds scheduler::until_next(const instant& now) const {
    using std::chrono::ceil;
    using std::chrono::milliseconds;
    auto pause = ceil<milliseconds>(std::min(next_sweep_, next_expiry_) - now.steady);
    if (!unannounced_.empty()) pause = std::min(pause, milliseconds(tell_pause));
    if (!timers_.empty()) {
        pause = std::min(pause, ceil<milliseconds>(timers_.begin()->first - now.steady));
    }
    if (open_ && !stopping_ && schedule_.next_due()) {
        pause = std::min(pause, ceil<milliseconds>(*schedule_.next_due() - now.wall));
    }
    return std::max(pause, pause_min);
}

void scheduler::stop() {
    stopping_ = true;
    for (const auto& site : sites_) {
        give_back_tokens(*site);
        for (const auto& each : std::exchange(site->idle, {})) {
            leave_idle(each);
            orders_.disconnect(each.id);
        }
    }
}

// --- from due to ready

// Somebody may set the wall clock back: what waits must not wait for it to catch up. When it is set
// forward mail comes early, which is right if the machine slept and does no harm if it did not.
void scheduler::follow_clock(const instant& now) {
    using std::chrono::milliseconds;
    const auto offset = std::chrono::duration_cast<milliseconds>(
        now.wall.time_since_epoch() - now.steady.time_since_epoch()
    );
    const auto back = clock_offset_.value_or(offset) - offset;
    clock_offset_ = offset;
    if (back < clock_tolerance) return;
    schedule_.advance(back, [this](slot item, queue::time_point due) {
        backlog_.set_due(item, due);
    });
}

// The due time of what arrives may come from a clock that was ahead.
void scheduler::doubt(queue::delivery& waiting, const instant& now) const {
    if (waiting.attempts == 0) {
        if (waiting.due > now.wall + first_attempt_max) waiting.due = now.wall;
    } else if (waiting.due > now.wall + 2 * limits_.retry_max) {
        waiting.due = now.wall + limits_.retry_min;
    }
}

void scheduler::release_due(const instant& now) {
    if (!open_ || stopping_) return;
    // A backlog that becomes due at once leaves time for everything else in between.
    std::vector<destination*> sites;
    for (int i = 0; i < released_at_once; ++i) {
        const auto due = schedule_.pop_due(now.wall);
        if (!due) break;
        note(sites, make_ready(*due, now));
    }
    pump_all(sites, now);
}

route_choice scheduler::choice_of(const queue::backlog& all, slot item) const {
    const auto terms = all.terms(item);
    return routes_.choose({
        .domain = all.domain(item),
        .sender_domain = all.sender_domain(item),
        .credential = terms->credential,
        .route = terms->route,
    });
}

// The destination that it is ready for, if that is known.
destination* scheduler::make_ready(slot item, const instant& now) {
    if (suspensions_ != nullptr && set_aside_as_ordered(item)) return nullptr;
    const auto choice = choice_of(item);
    auto& chosen = chosen_[choice];
    backlog_.set_state(item, backlog_state::ready);
    if (!is_stale(chosen.route, now)) {
        auto& site = site_for(chosen.route, now);
        push(site, item, now);
        return &site;
    }
    chosen.waiting.push_back(item);
    find_route(choice, chosen, backlog_.attempts(item) == 0);
    return nullptr;
}

void scheduler::find_route(const route_choice& choice, route_state& state, bool fresh) {
    if (std::exchange(state.resolving, true)) return;
    lookups_.add(
        choice,
        state.route ? lookup_line::kind::refresh
        : fresh     ? lookup_line::kind::fresh
                    : lookup_line::kind::retry
    );
    serve_lookups();
}

void scheduler::serve_lookups() {
    if (stopping_) return;
    lookups_.serve([this](const route_choice& choice) { orders_.find_route(choice); });
}

void scheduler::route_found(const route_choice& choice, route_answer found, const instant& now) {
    lookups_.answered(choice);
    auto& chosen = chosen_[choice];
    chosen.resolving = false;
    if (std::exchange(chosen.outdated, false)) {
        find_route(choice, chosen, false);
        return;
    }
    if (const auto* trouble = std::get_if<verdict>(&found)) {
        no_route(choice, *trouble, now);
        serve_lookups();
        return;
    }
    chosen.route =
        with_own_rate(choice.domain, std::get<std::shared_ptr<const route>>(std::move(found)));
    const auto before = std::exchange(chosen.last, chosen.route);
    auto& site = site_for(chosen.route, now);
    for (const auto item : std::exchange(chosen.waiting, {}))
        push(site, item, now);
    auto* asked = std::exchange(chosen.refreshes, nullptr);
    if (asked != nullptr) asked->refreshing = false;
    auto* old = before ? known(before->key) : nullptr;
    // The mail leaves the destination to which it went before, whose connections end when they have
    // no work.
    if (old == asked) old = nullptr;
    for (auto* left : {asked, old}) {
        if (left == nullptr || left == &site) continue;
        move_mail(choice, *left, site, now);
        pump(*left, now);
    }
    pump(site, now);
    serve_lookups();
}

// There is no route, or it can't be found at the moment.
void scheduler::no_route(const route_choice& choice, const verdict& trouble, const instant& now) {
    auto& chosen = chosen_[choice];
    const auto waiting = std::exchange(chosen.waiting, {});
    auto* asked = std::exchange(chosen.refreshes, nullptr);
    const auto last_known = std::exchange(chosen.route, nullptr);
    if (asked != nullptr) {
        asked->refreshing = false;
        // A rule may also end mail: that ends the mail of this choice, and tells nothing of the
        // destination.
        if (trouble.outcome != outcome::deferred) {
            const auto is_of_choice = [&](slot item) { return choice_of(item) == choice; };
            for (const auto item : asked->ready.extract_if(is_of_choice))
                conclude(item, trouble);
        } else if (asked->suspended) {
            suspend(*asked, trouble, now);
        } else if (last_known) {
            // Names can't be asked for just now; the hosts were good a moment ago.
            auto kept = std::make_shared<route>(*last_known);
            kept->resolved_at = now.steady;
            if (kept->key == asked->route->key) asked->route = kept;
            chosen.route = std::move(kept);
        }
    }
    for (const auto item : waiting)
        conclude(item, trouble);
    if (asked != nullptr) pump(*asked, now);
}

// Asks for the route of a destination again, if it is old: by the choice of some mail that waits.
// True while the answer is awaited.
bool scheduler::refresh(destination& site, const instant& now) {
    if (site.refreshing) return true;
    if (!is_stale(site.route, now) || site.ready.empty()) return false;
    const auto choice = choice_of(site.ready.front().item);
    auto& chosen = chosen_[choice];
    if (!is_stale(chosen.route, now)) {
        auto& current = site_for(chosen.route, now);
        if (&current != &site) move_mail(choice, site, current, now);
        wake_at(current, now.steady);
        wake_at(site, now.steady);
        return &current != &site;
    }
    if (chosen.refreshes != nullptr) {
        wake_at(site, now.steady + question_patience);
        return true;
    }
    chosen.refreshes = &site;
    site.refreshing = true;
    find_route(choice, chosen, false);
    return true;
}

// Mail follows its route.
void scheduler::move_mail(
    const route_choice& choice, destination& from, destination& to, const instant& now
) {
    const auto moving = from.ready.extract_if([&](slot item) { return choice_of(item) == choice; });
    for (const auto item : moving)
        push(to, item, now);
}

// A domain for which a rate was configured is a destination of its own, whoever else has the same
// hosts.
std::shared_ptr<const route> scheduler::with_own_rate(
    const std::string& domain, std::shared_ptr<const route> route
) const {
    if (domain.empty() || !limits_.destination_rate.names(domain)) return route;
    auto own = std::make_shared<outbound::route>(*route);
    own->key.rate_class = domain;
    return own;
}

std::optional<config::rate> scheduler::rate_of(const route& route) const {
    const auto& rules = limits_.destination_rate;
    if (!route.key.rate_class.empty()) return rules.find(route.key.rate_class);
    for (const auto& each : route.targets) {
        if (rules.names(each.name)) return rules.find(each.name);
    }
    return rules.find(route.key.site);
}

destination* scheduler::known(const destination_key& key) const {
    const auto found = sites_.find(key);
    return found == sites_.end() ? nullptr : found->get();
}

destination& scheduler::site_for(const std::shared_ptr<const route>& route, const instant& now) {
    if (auto* site = known(route->key)) {
        site->route = route;
        return *site;
    }
    // The pause is shorter than a deferred message's, so that the first of them to come back is the
    // probe.
    const governor::limits limits{
        .concurrency_max = limits_.destination_concurrency,
        .pause_min = limits_.retry_min / 2,
        .pause_max = limits_.retry_max / 2,
        .rate = rate_of(*route),
    };
    auto& made = **sites_.insert(std::make_unique<destination>(route, limits, backlog_)).first;
    if (share_) give_part(made, now);
    rest_as_ordered(made);
    return made;
}

void scheduler::conclude(slot item, const verdict& verdict) {
    backlog_.set_state(item, backlog_state::active);
    orders_.conclude(item, backlog_.at(item), verdict);
}

}  // namespace kurir::outbound
