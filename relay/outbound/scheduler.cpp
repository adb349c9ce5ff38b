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

bool is_stale(const std::shared_ptr<const route>& where, const instant& now) {
    return !where || now.steady - where->resolved_at >= route_lifetime;
}

// Mail for one destination mostly comes together.
void note(std::vector<destination*>& in, destination* which) {
    if (which != nullptr && (in.empty() || in.back() != which)) in.push_back(which);
}

}  // namespace

scheduler::scheduler(const scheduler_limits& limits, const route_table& routes, orders& to)
    : limits_(limits), routes_(routes), orders_(to), line_(limits.workers) {}

// All of them are ready before any is handed out: those of one message may leave together.
void scheduler::arrived(std::vector<queue::delivery> waiting, const instant& now) {
    follow_clock(now);
    std::vector<destination*> have_more;
    for (auto& each : waiting) {
        doubt(each, now);
        const bool due = each.due <= now.wall;
        if (!due && each.attempts > 0) orders_.withheld(throttle::backoff);
        const auto which = backlog_.insert(std::move(each));
        if (due && open_ && !stopping_) {
            note(have_more, make_ready(which, now));
        } else {
            schedule_.insert(which);
        }
    }
    pump_all(have_more, now);
}

void scheduler::pump_all(const std::vector<destination*>& which, const instant& now) {
    for (auto* each : which)
        pump(*each, now);
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
    if (!is_stale(chosen.where, now) || chosen.resolving || !chosen.waiting.empty()) return false;
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
        for (const auto& each : std::exchange(site->idle, {})) {
            leave_idle(each);
            orders_.disconnect(each.which);
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
    schedule_.advance(back, [this](slot which, queue::time_point due) {
        backlog_.set_due(which, due);
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
    std::vector<destination*> have_more;
    for (int i = 0; i < released_at_once; ++i) {
        const auto due = schedule_.pop_due(now.wall);
        if (!due) break;
        note(have_more, make_ready(*due, now));
    }
    pump_all(have_more, now);
}

route_choice scheduler::choice_of(slot which) const {
    const auto terms = backlog_.terms(which);
    return routes_.choose({
        .domain = backlog_.domain(which),
        .sender_domain = backlog_.sender_domain(which),
        .tenant = backlog_.tenant(which)->first,
        .credential = terms->credential,
        .route = terms->route,
    });
}

// The destination that it is ready for, if that is known.
destination* scheduler::make_ready(slot which, const instant& now) {
    const auto choice = choice_of(which);
    auto& chosen = chosen_[choice];
    backlog_.set_state(which, backlog_state::ready);
    if (!is_stale(chosen.where, now)) {
        auto& site = at(chosen.where);
        push(site, which);
        return &site;
    }
    chosen.waiting.push_back(which);
    find_route(choice, chosen, backlog_.attempts(which) == 0);
    return nullptr;
}

void scheduler::find_route(const route_choice& choice, route_state& of, bool fresh) {
    if (std::exchange(of.resolving, true)) return;
    lookups_.add(
        choice,
        of.where ? lookup_line::kind::refresh
        : fresh  ? lookup_line::kind::fresh
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
    if (const auto* why_not = std::get_if<verdict>(&found)) {
        no_route(choice, *why_not, now);
        serve_lookups();
        return;
    }
    chosen.where =
        with_own_rate(choice.domain, std::get<std::shared_ptr<const route>>(std::move(found)));
    const auto before = std::exchange(chosen.last, chosen.where);
    auto& site = at(chosen.where);
    for (const auto which : std::exchange(chosen.waiting, {}))
        push(site, which);
    auto* asked = std::exchange(chosen.refreshes, nullptr);
    if (asked != nullptr) asked->refreshing = false;
    auto* old = before ? known(before->key) : nullptr;
    // The mail leaves the destination to which it went before, whose connections end when they have
    // no work.
    if (old == asked) old = nullptr;
    for (auto* left : {asked, old}) {
        if (left == nullptr || left == &site) continue;
        move_mail(choice, *left, site);
        pump(*left, now);
    }
    pump(site, now);
    serve_lookups();
}

// There is no route, or it can't be found at the moment.
void scheduler::no_route(const route_choice& choice, const verdict& why, const instant& now) {
    auto& chosen = chosen_[choice];
    const auto waiting = std::exchange(chosen.waiting, {});
    auto* asked = std::exchange(chosen.refreshes, nullptr);
    const auto last_known = std::exchange(chosen.where, nullptr);
    if (asked != nullptr) {
        asked->refreshing = false;
        if (why.outcome == outcome::failed) {
            const auto is_of_choice = [&](slot which) { return choice_of(which) == choice; };
            for (const auto which : asked->ready.extract_if(is_of_choice))
                conclude(which, why);
        } else if (asked->suspended) {
            suspend(*asked, why, now);
        } else if (last_known) {
            // Names can't be asked for just now; the hosts were good a moment ago.
            auto kept = std::make_shared<route>(*last_known);
            kept->resolved_at = now.steady;
            if (kept->key == asked->where->key) asked->where = kept;
            chosen.where = std::move(kept);
        }
    }
    for (const auto which : waiting)
        conclude(which, why);
    if (asked != nullptr) pump(*asked, now);
}

// Asks for the route of a destination again, if it is old: by the choice of some mail that waits.
// True while the answer is awaited.
bool scheduler::refresh(destination& of, const instant& now) {
    if (of.refreshing) return true;
    if (!is_stale(of.where, now) || of.ready.empty()) return false;
    const auto choice = choice_of(of.ready.front().item);
    auto& chosen = chosen_[choice];
    if (!is_stale(chosen.where, now)) {
        auto& site = at(chosen.where);
        if (&site != &of) move_mail(choice, of, site);
        wake_at(site, now.steady);
        wake_at(of, now.steady);
        return &site != &of;
    }
    if (chosen.refreshes != nullptr) {
        wake_at(of, now.steady + question_patience);
        return true;
    }
    chosen.refreshes = &of;
    of.refreshing = true;
    find_route(choice, chosen, false);
    return true;
}

// Mail follows its route.
void scheduler::move_mail(const route_choice& choice, destination& from, destination& to) {
    const auto moving =
        from.ready.extract_if([&](slot which) { return choice_of(which) == choice; });
    for (const auto which : moving)
        push(to, which);
}

// A domain for which a rate was configured is a destination of its own, whoever else has the same
// hosts.
std::shared_ptr<const route> scheduler::with_own_rate(
    const std::string& domain, std::shared_ptr<const route> where
) const {
    if (domain.empty() || !limits_.destination_rate.names(domain)) return where;
    auto own = std::make_shared<route>(*where);
    own->key.rate_class = domain;
    return own;
}

std::optional<config::rate> scheduler::rate_of(const route& where) const {
    const auto& rules = limits_.destination_rate;
    if (!where.key.rate_class.empty()) return rules.find(where.key.rate_class);
    for (const auto& each : where.targets) {
        if (rules.names(each.name)) return rules.find(each.name);
    }
    return rules.find(where.key.site);
}

destination* scheduler::known(const destination_key& key) const {
    const auto found = sites_.find(key);
    return found == sites_.end() ? nullptr : found->get();
}

destination& scheduler::at(const std::shared_ptr<const route>& where) {
    if (auto* site = known(where->key)) {
        site->where = where;
        return *site;
    }
    // The pause is shorter than a deferred message's, so that the first of them to come back is the
    // probe.
    const governor::limits limits{
        .concurrency_max = limits_.destination_concurrency,
        .pause_min = limits_.retry_min / 2,
        .pause_max = limits_.retry_max / 2,
        .rate = rate_of(*where),
    };
    return **sites_.insert(std::make_unique<destination>(where, limits, backlog_)).first;
}

void scheduler::conclude(slot which, const verdict& what) {
    backlog_.set_state(which, backlog_state::active);
    orders_.conclude(which, backlog_.at(which), what);
}

}  // namespace kurir::outbound
