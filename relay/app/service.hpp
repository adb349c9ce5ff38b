// The composition root: builds every part, owns it, and shuts it down in order.
//
// No other code starts or stops parts. The parts run on the I/O threads; the main thread has a loop
// of its own for signals, this sequence and HTTP, so that the probes answer even if the I/O threads
// are busy. While the main thread opens the queue, another one runs that loop.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include <atomic>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "dns/cares_resolver.hpp"
#include "metrics/metrics.hpp"
#include "queue/rocks/lock.hpp"
#include "queue/store.hpp"
#include "relay/admin/server.hpp"
#include "relay/app/adoption.hpp"
#include "relay/app/certificate_keeper.hpp"
#include "relay/app/control_room.hpp"
#include "relay/app/database_watch.hpp"
#include "relay/app/destination_news.hpp"
#include "relay/app/dkim_keys.hpp"
#include "relay/app/early_signals.hpp"
#include "relay/app/io_threads.hpp"
#include "relay/app/memory_limit.hpp"
#include "relay/app/notice_keeper.hpp"
#include "relay/app/opening_progress.hpp"
#include "relay/app/operations.hpp"
#include "relay/app/queue_handover.hpp"
#include "relay/app/quota_keeper.hpp"
#include "relay/app/reload_desk.hpp"
#include "relay/app/reloader.hpp"
#include "relay/app/roots_keeper.hpp"
#include "relay/app/run_there.hpp"
#include "relay/app/service_manager.hpp"
#include "relay/app/suppression_desk.hpp"
#include "relay/app/token_desk.hpp"
#include "relay/app/token_keys.hpp"
#include "relay/config/live_config.hpp"
#include "relay/control/event_feed.hpp"
#include "relay/control/suspension_desk.hpp"
#include "relay/facts/log_observer.hpp"
#include "relay/facts/metrics_observer.hpp"
#include "relay/history/recorder.hpp"
#include "relay/inbound/server.hpp"
#include "relay/net/clock.hpp"
#include "relay/outbound/claim_guard.hpp"
#include "relay/outbound/connection_setup.hpp"
#include "relay/outbound/crew.hpp"
#include "relay/outbound/dispatcher.hpp"
#include "relay/outbound/logins.hpp"
#include "relay/outbound/remote_tls.hpp"
#include "relay/outbound/route_table.hpp"
#include "relay/outbound/router.hpp"
#include "relay/signing/signing_desk.hpp"

namespace kurir::app {

class service {
public:
    // All references must outlive the service. The log must have been started with
    // `metrics.runtime`.
    service(
        config::live_config& config,
        reloader& on_hangup,
        metrics::all& metrics,
        const memory_plan& memory,
        service_manager& manager
    );
    service(const service&) = delete;
    service& operator=(const service&) = delete;
    ~service();

    // Runs until SIGTERM or SIGINT and the orderly end that follows; another signal after a second
    // ends the process at once. Returns the exit status: 0, or 1 if a part could not start, which
    // was logged. `early` has the signals until every part has what it needs.
    int run(early_signals& early);

private:
    bool open_store_answering();
    void answer_if_possible();
    void end_early_answers();
    bool open_store();
    void count_lifetimes();
    bool build();
    bool build_logins();
    void begin();
    void publish_at_scrapes();
    bool share_decisions();
    std::vector<admin::endpoint> operator_endpoints();
    void start_deliveries();
    boost::asio::awaitable<void> supervise(net::task_group& control);
    boost::asio::awaitable<void> watch_signals();
    boost::asio::awaitable<void> run_dispatcher();
    boost::asio::awaitable<void> shut_down();
    boost::asio::awaitable<void> drain_sessions(net::clock::time_point deadline);
    boost::asio::awaitable<void> end_tokens();
    void move_between_relays();
    boost::asio::awaitable<void> stop_moving();
    boost::asio::awaitable<void> hand_over_queue(net::clock::time_point deadline);
    boost::asio::awaitable<void> finish_deliveries(net::clock::time_point deadline);
    bool anything_at_stake() const;
    boost::asio::awaitable<void> stopped_dispatching(net::clock::time_point deadline);
    admin::readiness readiness() const;  // any thread
    admin::readiness all_checks() const;
    std::string status() const;
    void publish_reach(bool v6, outbound::reachability::news news);
    admin::check gateway_check() const;
    void publish();

    config::live_config& live_config_;
    config::snapshot config_;  // as at the start: for settings that a reload does not change
    reloader& on_hangup_;
    metrics::all& metrics_;
    const memory_plan memory_;
    service_manager& manager_;
    facts::metrics_observer counting_{metrics_.inbound, metrics_.outbound, metrics_.queue};
    facts::log_observer logging_;
    std::atomic<bool> recovered_ = false;  // set by the store's thread
    const facts::observers observers_{
        &counting_, &logging_
    };  // of all facts: another one goes here
    // These hear whatever the others log.
    std::optional<history::recorder> history_;
    control::event_feed feed_;
    boost::asio::io_context control_{1};
    io_threads threads_;
    std::vector<std::unique_ptr<task_home>> homes_;  // one for each I/O thread

    opening_progress opening_;
    database_watch database_{metrics_.store, metrics_.queue, metrics_.shared_queue};
    queue::directory_lock folder_;  // of a queue in a database
    std::unique_ptr<queue::owned_store> store_;
    queue::shared_store* shared_ = nullptr;        // the same, of a queue that others share
    std::string node_;                             // its own name there
    std::optional<outbound::claim_guard> claims_;  // of a queue that others share
    std::optional<signing::signing_desk> signing_;
    outbound::shared_habits remote_servers_;
    outbound::shared_standing relayhost_standing_;
    outbound::remote_tls remote_tls_;
    std::optional<net::http_client> token_http_;
    std::optional<oauth::token_keeper> token_keeper_;
    std::optional<token_desk> token_desk_;
    std::optional<outbound::logins> logins_;
    outbound::shared_reachability reach_;
    outbound::shared_suspensions suspended_senders_;
    std::optional<outbound::connection_setup> connection_setup_;
    std::optional<dns::cares_resolver> resolver_;
    std::optional<outbound::route_table> routes_;
    std::optional<outbound::router> router_;
    std::vector<std::unique_ptr<outbound::crew>> crews_;
    std::optional<outbound::dispatcher> dispatcher_;
    std::deque<destination_news> destination_news_;
    std::optional<inbound::server> smtp_;
    std::optional<certificate_keeper> certificates_;
    std::optional<roots_keeper> roots_;
    std::optional<token_keys> token_keys_;
    std::optional<dkim_keys> dkim_keys_;
    std::optional<quota_keeper> quotas_;
    std::optional<notice_keeper> notices_;  // of a queue that others share
    std::optional<suppression_desk> suppressions_;
    std::optional<reload_desk> reloads_;
    std::optional<operations> operations_;
    std::optional<admin::server> http_;
    std::unique_ptr<admin::door> admin_door_;  // until the control room has it
    std::optional<control::suspension_desk> suspensions_;
    std::optional<control_room> control_room_;
    std::optional<queue_handover> handover_;
    std::optional<adoption> adoption_;
    std::vector<metrics::all::registration> collectors_;

    std::atomic<bool> listening_ = false;
    std::atomic<bool> draining_ = false;
    // These on the control loop.
    bool answering_ = false;  // HTTP
    bool built_ = false;      // so that all parts can be asked how they are
    bool dispatching_ = false;
    net::clock::time_point stop_signalled_{};
    std::optional<boost::asio::signal_set> signals_;
    net::timer stop_requested_;     // never expires; cancelled by the first signal
    net::timer dispatching_ended_;  // cancelled when the dispatcher has ended
};

}  // namespace kurir::app
