// Decides which message is tried when, and over which connection.
//
// It knows every queued delivery. When one becomes due, the scheduler looks up the route that it
// takes and adds it to the ready list of its destination. A destination gets connections as the
// governor, the rate and the number of workers allow. A delivery is handed out once; recipients
// that are left come back through the queue after the attempt is settled.
//
// Pure: it gets events and the time as arguments, and gives its orders through `orders`. So
// tests/model runs it in simulated time, with the same code that runs in the relay.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <variant>
#include <vector>

#include "queue/backlog.hpp"
#include "queue/node_share.hpp"
#include "queue/schedule.hpp"
#include "queue/store.hpp"
#include "relay/config/rate.hpp"
#include "relay/net/clock.hpp"
#include "relay/outbound/arrival_record.hpp"
#include "relay/outbound/aside_list.hpp"
#include "relay/outbound/destination.hpp"
#include "relay/outbound/destination_view.hpp"
#include "relay/outbound/explanation.hpp"
#include "relay/outbound/lookup_line.hpp"
#include "relay/outbound/operator_suspension.hpp"
#include "relay/outbound/orders.hpp"
#include "relay/outbound/route.hpp"
#include "relay/outbound/route_table.hpp"
#include "relay/outbound/trouble_elsewhere.hpp"
#include "relay/outbound/words_elsewhere.hpp"
#include "relay/outbound/worker_line.hpp"

namespace kurir::outbound {

struct scheduler_limits {
    std::size_t workers = 500;  // connections to all destinations
    std::size_t destination_concurrency = 20;
    config::rate_rules destination_rate = {};
    std::chrono::milliseconds retry_min{};
    std::chrono::milliseconds retry_max{};
    std::chrono::milliseconds max_queue_time{};
    queue::time_point lifetimes_from{};  // of mail that was received before
    std::chrono::milliseconds connection_idle{};
};

class scheduler {
public:
    using slot = queue::backlog::slot;

    // `routes` and `orders` must outlive the scheduler; `orders` must not call back into it.
    scheduler(const scheduler_limits& limits, const route_table& routes, orders& orders);

    // Reports deliveries that became durable; they are tried when due.
    void arrived(std::vector<queue::delivery> waiting, const instant& now);
    // Reports what an operator removed or rescheduled (queue/store.hpp says what these mean).
    // Attempts in progress are not interrupted.
    void removed(std::vector<queue::removal> removals);
    void moved(std::vector<queue::delivery> deliveries, const instant& now);
    // A delivery that waits, as an operator saw it. It may have changed since.
    struct place {
        slot item = 0;
        queue::message_id id;
    };
    // Takes deliveries out of all that could try them, for an operator's order; each is active
    // until `concluded`. Left out: what is being tried, or is gone.
    struct withdrawn {
        slot item = 0;
        queue::delivery waiting;
    };
    std::vector<withdrawn> withdraw(const std::vector<place>& places);
    // Has deliveries tried as if they were due now. Left out: what is being tried, held or gone.
    // Returns how many will be.
    std::size_t hasten(const std::vector<place>& places, const instant& now);
    // The credential of this name has changed: destinations that are suspended are tried at once.
    void credential_changed(const std::string& name, const instant& now);
    // These and no others are in force from now on: what they suspend is not tried, but what is
    // under way. What only others suspended is tried at once if it is due.
    void set_suspensions(std::shared_ptr<const operator_suspensions> all, const instant& now);
    // Takes back a job that was not tried because of a suspension (its number), until that ends.
    void set_aside(
        std::vector<queue::delivery> untried, std::uint64_t suspension, const instant& now
    );
    // From now on the limits of destinations are shared with other nodes.
    void set_nodes(const queue::node_share& own, const instant& now);
    // The answer to `orders::draw_tokens` that was given at `asked`; nothing: it failed.
    void tokens_drawn(
        const destination_key& key,
        const std::optional<queue::token_grant>& grant,
        net::clock::time_point asked,
        const instant& now
    );
    // Domains whose mail this node gave back: it has no part of their destinations' connections.
    std::vector<std::string> left_to_others(const instant& now);
    // What other relays of the queue have found.
    struct word_of_others {
        std::string destination;  // its name
        std::string because = {};
        // Until it is tried here, if it can't be reached; none: it can.
        std::optional<std::chrono::milliseconds> pause = {};
    };
    struct limits_of_others {
        std::string destination;           // its name
        found_limits found = {};           // empty: they are gone
        std::chrono::milliseconds left{};  // for how long it is believed
    };
    struct news {
        std::vector<word_of_others> trouble = {};
        std::vector<limits_of_others> limits = {};
    };
    void heard(news told, const instant& now);
    // Routes that were found are not as they would be found now: they are looked up again before
    // any mail goes by them.
    void forget_routes();
    // While the queue is not open, nothing is handed out.
    void set_open(bool open, const instant& now);
    bool is_open() const noexcept { return open_; }
    // Time has passed.
    void tick(const instant& now);
    // When to call `tick` next, if nothing else happens.
    std::chrono::milliseconds until_next(const instant& now) const;
    // Hands out no more jobs and closes idle connections.
    void stop();

    // Answers to orders.
    void route_found(const route_choice& choice, route_answer found, const instant& now);
    void wants_work(connection_id id, const report& last, const instant& now);
    // Its job is done and it takes no more; it is still to end.
    void finished(connection_id id, const report& last, const instant& now);
    void ended(connection_id id, const report& last, const instant& now);
    void concluded(queue::backlog::slot item) { backlog_.erase(item); }

    std::size_t connections() const noexcept { return connections_.size(); }

    // The state of each delivery of a message, and what blocks it.
    std::vector<explanation> explain(queue::message_id id, const instant& now) const;

    const queue::backlog& backlog() const noexcept { return backlog_; }
    // For whoever goes through the backlog and must miss nothing.
    arrival_record& arrivals() noexcept { return arrivals_; }
    // The route that a delivery takes; null while it is not known.
    std::shared_ptr<const route> route_of(slot item) const { return route_of(backlog_, item); }
    // The name of the destination that a delivery goes to; empty while the route is not known.
    std::string destination_name(slot item) const;
    // The same, with what keeps its mail.
    struct heading {
        std::string destination = {};
        std::string obstacle = {};    // that the destination can't be reached, or asks for a pause
        std::string trouble = {};     // what it said then, or how it failed
        std::string suspension = {};  // by an operator, as a sentence
    };
    heading heading_of(slot item, const instant& now) const {
        return heading_of(backlog_, item, now);
    }
    // The same of a delivery that this scheduler does not have: it is in a backlog of its own.
    heading heading_of(const queue::backlog& all, slot item, const instant& now) const;
    // Why the delivery in a slot waits.
    explanation explain(slot item, const instant& now) const { return explain_one(item, now); }
    struct suspended_destinations {
        std::size_t all = 0;
        std::size_t relayhosts = 0;  // of these
    };
    suspended_destinations suspended(const instant& now) const;
    std::size_t destinations() const noexcept { return sites_.size(); }
    // `limit` destinations at most from the name `first` on, by name.
    std::vector<destination_view> view_destinations(
        const std::string& first, std::size_t limit, const instant& now
    ) const;

private:
    // What is known of a route that mail has chosen.
    struct route_state {
        std::shared_ptr<const outbound::route> route;  // empty until it is found
        // The last one that was found: mail may be ready for it.
        std::shared_ptr<const outbound::route> last;
        std::vector<slot> waiting;  // for the route
        bool resolving = false;
        bool outdated = false;             // what is being found: it is to be looked up once more
        destination* refreshes = nullptr;  // the destination that asked, if any
    };
    struct connection {
        destination* site = nullptr;
        std::vector<slot> job = {};
        governor::attempt attempt = {};
        bool starting = true;     // has not asked for its first job yet
        bool makes_room = false;  // was closed in favour of another destination
    };

    slot keep(queue::delivery waiting);

    // From due to ready: scheduler.cpp.
    void follow_clock(const instant& now);
    void doubt(queue::delivery& waiting, const instant& now) const;
    void release_due(const instant& now);
    void pump_all(const std::vector<destination*>& sites, const instant& now);
    destination* make_ready(slot item, const instant& now);
    bool is_idle(const route_state& chosen, const instant& now) const;
    route_choice choice_of(slot item) const { return choice_of(backlog_, item); }
    route_choice choice_of(const queue::backlog& all, slot item) const;
    std::shared_ptr<const route> route_of(const queue::backlog& all, slot item) const;
    void find_route(const route_choice& choice, route_state& state, bool fresh);
    void no_route(const route_choice& choice, const verdict& trouble, const instant& now);
    bool refresh(destination& site, const instant& now);
    void move_mail(
        const route_choice& choice, destination& from, destination& to, const instant& now
    );
    std::shared_ptr<const route> with_own_rate(
        const std::string& domain, std::shared_ptr<const route> route
    ) const;
    std::optional<config::rate> rate_of(const route& route) const;
    destination& site_for(const std::shared_ptr<const route>& route, const instant& now);
    destination* known(const destination_key& key) const;
    void conclude(slot item, const verdict& verdict);
    void serve_lookups();

    // From ready to a connection: scheduler_handout.cpp, scheduler_workers.cpp,
    // scheduler_connections.cpp.
    void push(destination& site, slot item, const instant& now);
    void pump(destination& site, const instant& now);
    bool may_start(destination& site, const instant& now);
    void hand_out(destination& site, connection_id id, const instant& now);
    bool wants_last_chance(const destination& site, const instant& now) const;
    bool wants_worker(const destination& site, const instant& now) const;
    void line_up(destination& site, const instant& now);
    void serve_line(bool proven, const instant& now);
    void make_room();
    bool gives_way(const destination& site) const;
    void leave_idle(const destination::idle_connection& connection);
    void connect(destination& site);
    void take(connection& connection, connection_id id, const report& last, const instant& now);
    void learn(
        destination& site, const governor::attempt& attempt, const report& last, const instant& now
    );
    void pump_last_chances(destination& site, const instant& now);
    bool park_slowed(destination& site, const instant& now);
    void give_out(
        destination& site, queue::backlog::slot first, connection_id id, const instant& now
    );

    // What can't be reached: scheduler_suspension.cpp.
    void unreachable(
        destination& site,
        const governor::attempt& attempt,
        const verdict& trouble,
        const instant& now
    );
    void suspend(destination& site, const verdict& trouble, const instant& now);
    void mark_suspended(destination& site);

    // What other relays have found: scheduler_elsewhere.cpp.
    bool reaches_anybody(const instant& now) const;
    void ask_others(destination& site, const instant& now);
    void tell_limits(destination& site, const instant& now);
    void leave_alone(destination& site, const trouble_elsewhere& found, const instant& now);
    void resume(destination& site);

    // What operators have suspended: scheduler_operator.cpp.
    void give_time_after(const operator_suspensions& before, const instant& now);
    void set_waiting_aside();
    bool set_aside_as_ordered(slot item);
    void rest_as_ordered(destination& site);
    static queue::backlog::state state_in(const destination& site);
    const operator_suspension* suspension_of(slot item) const;  // that set it aside

    // What other nodes have of a shared queue: scheduler_nodes.cpp.
    void give_part(destination& site, const instant& now);
    void close_surplus(destination& site);
    void give_away(destination& site, const instant& now);
    void draw_tokens(destination& site, const instant& now);
    void give_back_tokens(destination& site);
    void give_back_unneeded(destination& site, const instant& now);
    void leave_out(const std::string& domain, const instant& now);

    // What waits too long, and what is told of it: scheduler_waiting.cpp, scheduler_timers.cpp.
    void expire(destination& site, const instant& now);
    verdict reason_to_wait(const destination& site, const instant& now) const;
    void announce_suspended(const destination& site, slot item);
    void announce_waiting(const instant& now);
    void wake_at(destination& site, net::clock::time_point time);
    void look_at(destination& site, const instant& now);
    void forget_in_time(destination& site, const instant& now);
    void fire_timers(const instant& now);

    void take_out(std::unordered_set<slot> items);
    void take_ready_out(std::unordered_set<slot>& items);
    void drop(const std::unordered_set<slot>& gone);
    void probe(destination& site, const instant& now);
    void probe_for(slot item, const instant& now);
    std::unordered_set<slot> waiting_of(const std::vector<place>& places) const;

    destination_view view_of(const destination& site, const instant& now) const;

    // scheduler_explain.cpp
    explanation explain_one(slot item, const instant& now) const;
    void explain_site(const destination& site, explanation& result, const instant& now) const;
    void explain_tenant(
        const destination& site, const std::string& tenant, explanation& result, const instant& now
    ) const;
    const destination* site_of(slot item) const;
    destination* likely_site(slot item) const;

    scheduler_limits limits_;
    const route_table& routes_;
    orders& orders_;
    queue::backlog backlog_;
    arrival_record arrivals_;
    queue::schedule schedule_{backlog_};
    std::unordered_map<route_choice, route_state, route_choice_hash> chosen_;
    destination::set sites_;
    std::unordered_map<connection_id, connection> connections_;
    std::set<std::pair<net::clock::time_point, connection_id>> idle_;  // of all destinations
    std::size_t leaving_ = 0;  // connections being closed to make room
    destination::timers timers_;
    lookup_line lookups_;
    worker_line line_;
    connection_id last_connection_ = 0;
    net::clock::time_point next_sweep_{};
    net::clock::time_point next_expiry_{};
    net::clock::time_point untried_until_{};  // by a suspension that ended: nothing expires untried
    struct suspended_delivery {
        slot item = 0;
        queue::message_id id;
        std::shared_ptr<const outbound::route> route;
    };
    std::deque<suspended_delivery> unannounced_;               // their log lines are to come
    std::optional<std::chrono::milliseconds> clock_offset_;    // wall clock less steady clock
    std::shared_ptr<const operator_suspensions> suspensions_;  // null: there are none
    aside_list aside_;                                         // by suspensions
    std::optional<queue::node_share> share_;                   // none: nobody shares the queue
    std::set<std::string> left_out_;                           // domains of what was given back
    net::clock::time_point left_out_until_{};
    words_elsewhere<trouble_elsewhere> troubles_elsewhere_;
    words_elsewhere<limits_elsewhere> limits_elsewhere_;
    std::optional<net::clock::time_point> last_taken_;  // a message, by any destination
    bool open_ = true;
    bool stopping_ = false;
};

}  // namespace kurir::outbound
