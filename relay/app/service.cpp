#include "relay/app/service.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <iterator>
#include <string>
#include <utility>

#include "relay/app/capture_record.hpp"
#include "relay/app/count_exchange.hpp"
#include "relay/app/disk_check.hpp"
#include "relay/app/disk_gauges.hpp"
#include "relay/app/dns_options.hpp"
#include "relay/app/health_report.hpp"
#include "relay/app/history_places.hpp"
#include "relay/app/lifecycle.hpp"
#include "relay/app/loop_lag.hpp"
#include "relay/app/loop_meanwhile.hpp"
#include "relay/app/memory_watch.hpp"
#include "relay/app/queue_folders.hpp"
#include "relay/app/staging_checks.hpp"
#include "relay/app/store_opening.hpp"
#include "relay/app/this_node.hpp"
#include "relay/config/report.hpp"
#include "relay/control/suppression_endpoints.hpp"
#include "relay/control/suspension_endpoints.hpp"
#include "relay/log/failure.hpp"
#include "relay/log/log.hpp"
#include "relay/net/error.hpp"
#include "relay/outbound/node_watch.hpp"

namespace kurir::app {

namespace asio = boost::asio;
using net::clock;

namespace {

// Two signals within this time count as one.
constexpr auto same_signal = std::chrono::seconds(1);

}  // namespace

service::service(
    config::live_config& config,
    reloader& on_hangup,
    metrics::all& metrics,
    const memory_plan& memory,
    service_manager& manager
)
    : live_config_(config),
      config_(config.get()),
      on_hangup_(on_hangup),
      metrics_(metrics),
      memory_(memory),
      manager_(manager),
      threads_(config_->threads),
      opening_(manager, [this] { asio::post(control_, [this] { answer_if_possible(); }); }),
      reach_([this](bool v6, outbound::reachability::news news) { publish_reach(v6, news); }),
      stop_requested_(control_, clock::time_point::max()),
      dispatching_ended_(control_, clock::time_point::max()) {
    for (const auto& each : threads_.executors()) {
        homes_.push_back(std::make_unique<task_home>(each, log::internal_error("app")));
    }
}

// Members are destroyed in the reverse order of their declaration: first the parts that have
// sockets and timers, then the loops that these belong to. No coroutine is left by then.
service::~service() {
    if (answering_) end_early_answers();
    threads_.finish();
}

int service::run(early_signals& early) {
    if (!open_store_answering() || !build()) return EXIT_FAILURE;
    signals_.emplace(control_, SIGTERM, SIGINT, SIGHUP);
    early.end_watch();
    net::task_group control(control_.get_executor(), log::internal_error("app"));
    try {
        begin();
        store_->start();
        if (!share_decisions()) {
            log::await_written();
            std::_Exit(EXIT_FAILURE);  // as below
        }
        threads_.start();
        control.spawn(supervise(control));
    } catch (const std::exception& error) {
        // For example, no thread could be started. Parts that run already can't be shut down any
        // more, and need not be: the queue is safe at every instant.
        log::event(log::level::error, "internal")
            .with("where", "start")
            .with("error", error.what());
        log::await_written();
        std::_Exit(EXIT_FAILURE);
    }
    early.hand_over();
    control_.run();
    early_signals::hold();
    threads_.finish();
    lifecycle("stopped");
    return EXIT_SUCCESS;
}

// That may take long: whoever would end a program that does not answer learns that this one is
// alive.
bool service::open_store_answering() {
    operations_.emplace(metrics_, [this] { return built_ ? all_checks() : opening_.checks(); });
    http_.emplace(
        control_.get_executor(),
        std::make_unique<admin::tcp_door>(control_.get_executor(), config_->http_listen),
        "KURIR_HTTP_LISTEN",
        metrics_.http,
        admin::probes(*operations_)
    );
    const auto publish = [folder = config_->queue_dir,
                          min_free = config_->queue_min_free,
                          &metrics = metrics_.store] { publish_disk(folder, min_free, metrics); };
    collectors_.push_back(metrics_.on_scrape(metrics::collector::filesystem, publish));
    answer_if_possible();
    const loop_meanwhile answering(control_);
    return open_store();
}

// Another process that has the queue may have the address, too. What is amiss otherwise, `build`
// says.
void service::answer_if_possible() {
    if (answering_ || !http_->try_to_listen()) return;
    answering_ = true;
    http_->start();
}

// Of a program that could not start. The loop has nothing else to do.
void service::end_early_answers() {
    net::task_group ending(control_.get_executor(), log::internal_error("start"));
    ending.spawn(http_->stop());
    control_.run();
}

bool service::open_store() {
    auto opened =
        open_queue(*config_, memory_, metrics_, database_, opening_, [this] { recovered_ = true; });
    opening_.end();
    if (!opened.store) return false;
    store_ = std::move(opened.store);
    shared_ = opened.shared;
    node_ = std::move(opened.node);
    folder_ = std::move(opened.folder);
    if (config_->store == config::queue_store::postgresql) {
        claims_.emplace(config_->database_lease, clock::now());
    }
    check_disk(*config_);
    if (!keep_hostname(config_->queue_dir, config_->hostname)) {
        log::event(log::level::warning, "queue_folder")
            .with("doubt", "the host name can't be written there");
    }
    count_lifetimes();
    if (keep_capture_record(*config_)) return true;
    log::event(log::level::error, "lifecycle")
        .with("what", "capture_failed")
        .with("setting", "KURIR_CAPTURE")
        .with("error", "can't write into KURIR_QUEUE_DIR that mail is kept");
    return false;
}

// By the queue's clock, which goes on from where it stood when the store is opened.
void service::count_lifetimes() {
    auto counted = *config_;
    counted.lifetimes_from = lifetimes_from(counted, net::wall_now());
    config_ = std::make_shared<const config::config>(std::move(counted));
    live_config_.set(config_);
}

// Everything that may fail comes before anything runs, while each part can still be removed.
bool service::build() {
    if (!http_->listen()) return false;
    if (const auto& local = config_->admin_listen) {
        admin_door_ =
            std::make_unique<admin::tcp_door>(control_.get_executor(), *local, "admin_listening");
        if (!admin::take_address(*admin_door_, "KURIR_ADMIN_LISTEN")) return false;
    }
    resolver_.emplace(threads_.executors().front(), dns_options(*config_), metrics_.dns);
    if (config_->dkim.given()) signing_.emplace(config_->threads, metrics_.signing);
    smtp_.emplace(
        live_config_,
        *store_,
        metrics_.inbound,
        observers_,
        threads_.executors(),
        memory_.large_messages,
        signing_ ? &*signing_ : nullptr
    );
    certificates_.emplace(*config_, *smtp_, metrics_.runtime);
    if (!certificates_->begin()) return false;
    roots_.emplace(*config_, remote_tls_, metrics_.runtime);
    if (!roots_->begin()) return false;
    quotas_.emplace(config_->queue_dir, smtp_->counts(), metrics_.inbound);
    quotas_->begin();
    if (shared_ != nullptr) notices_.emplace(*shared_, config_->queue_dir, metrics_.operators);
    suppressions_.emplace(
        config_->queue_dir, smtp_->suppressions(), metrics_.inbound, notices_ ? &*notices_ : nullptr
    );
    if (!suppressions_->begin()) return false;
    token_keys_.emplace(*config_, *smtp_, metrics_);
    if (!token_keys_->begin(threads_.executors().front(), *resolver_, *roots_)) return false;
    dkim_keys_.emplace(*config_, signing_ ? &*signing_ : nullptr, metrics_.runtime);
    if (!dkim_keys_->begin()) return false;
    const std::vector<reload_keeper*> keepers{
        &*certificates_, &*roots_, &*token_keys_, &*dkim_keys_
    };
    reloads_.emplace(control_.get_executor(), on_hangup_, keepers);
    if (!build_logins()) return false;
    const auto bound = smtp_->listen();
    if (!bound) return false;
    connection_setup_.emplace(outbound::connection_setup{
        .config = live_config_,
        .books =
            {.store = *store_,
             .metrics = metrics_.outbound,
             .queue_metrics = metrics_.queue,
             .observers = observers_,
             .signing = signing_ ? &*signing_ : nullptr,
             .claims = claims_ ? &*claims_ : nullptr},
        .servers = remote_servers_,
        .standing = relayhost_standing_,
        .reach = reach_,
        .tls = remote_tls_,
        .suspensions = suspended_senders_,
        .own_listeners = *bound,
        .logins = &*logins_,
    });
    routes_.emplace(outbound::routes_of(*config_));
    router_.emplace(live_config_, *routes_, *resolver_, *bound);
    return true;
}

bool service::build_logins() {
    outbound::token_source* tokens = nullptr;
    if (needs_tokens(*config_)) {
        auto http = make_token_http(*resolver_, config_->tls_ca);
        if (!http) {
            log::event(log::level::error, "lifecycle")
                .with("what", "oauth_failed")
                .with("error", http.error());
            return false;
        }
        roots_->share_with(token_http_.emplace(std::move(*http)));
        token_keeper_.emplace(
            threads_.executors().front(),
            *token_http_,
            oauth::refresh_store(config_->queue_dir),
            metrics_.relayhosts
        );
        tokens = &token_desk_.emplace(live_config_, *token_keeper_);
    }
    logins_.emplace(live_config_, metrics_.relayhosts, tokens);
    return true;
}

void service::begin() {
    auto history = history_places_for(*config_, memory_, node_);
    if (history.keeper) history_.emplace(std::move(history.keeper), metrics_.runtime);
    publish_staging(*config_, metrics_.runtime);
    answer_if_possible();
    quotas_->start();
    reloads_->start();
    token_keys_->start();
    start_deliveries();
    control_room_.emplace(
        control_.get_executor(),
        live_config_,
        config_->queue_dir,
        metrics_.http,
        *dispatcher_,
        *store_,
        shared_,
        std::move(admin_door_),
        std::move(history.source),
        operator_endpoints(),
        feed_,
        [this] { return config::shown_settings(on_hangup_.settings()); },
        [this] { return recovered_.load(); },
        this_node(*config_)
    );
    suspensions_->start();
    certificates_->share_with([this](const net::server_certificates& all) {
        control_room_->use(all);
    });
    control_room_->start();
    move_between_relays();
    built_ = true;
    listening_ = true;
}

// Once all parts run: a scrape may have begun while the queue was being opened.
void service::publish_at_scrapes() {
    collectors_.push_back(metrics_.on_scrape(metrics::collector::store, [this] {
        store_->publish();
        publish();
    }));
    collectors_.push_back(metrics_.on_scrape(metrics::collector::queue, [this] {
        dispatcher_->refresh_gauges();
    }));
}

// What others have decided holds before mail is accepted or tried.
bool service::share_decisions() {
    if (!notices_) return true;
    notices_->add(*suppressions_);
    notices_->add(*suspensions_);
    for (const auto kind : {queue::notice_kind::unreachable, queue::notice_kind::limits})
        notices_->add(destination_news_.emplace_back(*dispatcher_, kind));
    dispatcher_->tell_others([this](std::vector<queue::notice> learnt) {
        notices_->tell(std::move(learnt));
    });
    dispatcher_->draw_from(*shared_);
    if (!notices_->begin()) return false;
    notices_->start();
    return true;
}

std::vector<admin::endpoint> service::operator_endpoints() {
    auto table = control::suppression_endpoints(*suppressions_);
    std::ranges::move(control::suspension_endpoints(*suspensions_), std::back_inserter(table));
    return table;
}

asio::awaitable<void> service::supervise(net::task_group& control) {
    publish_at_scrapes();
    dispatching_ = true;
    control.spawn(run_dispatcher());
    control.spawn(watch_signals());
    control.spawn(measure_lag(control_.get_executor(), metrics_.runtime));
    if (shared_ != nullptr) {
        control.spawn(outbound::watch_nodes(
            control_.get_executor(),
            *shared_,
            metrics_.store,
            [this](const queue::node_share& own) { dispatcher_->set_nodes(own); }
        ));
        control.spawn(exchange_counts(
            control_.get_executor(), *shared_, smtp_->counts(), smtp_->rates(), metrics_.store
        ));
    }
    control.spawn(watch_memory(control_.get_executor(), *store_, metrics_.store));
    control.spawn(give_back_when_calm(control_.get_executor()));
    lifecycle("started");
    manager_.ready(status());
    control.spawn(report_health(control_.get_executor(), threads_.executors(), manager_, [this] {
        return status();
    }));
    while (!draining_)
        std::ignore = co_await stop_requested_.async_wait(net::as_result);

    co_await shut_down();
    control.stop();
}

asio::awaitable<void> service::run_dispatcher() {
    co_await run_there(*homes_.front(), [this] { return dispatcher_->run(); });
    dispatching_ = false;
    dispatching_ended_.cancel();
}

asio::awaitable<void> service::watch_signals() {
    for (;;) {
        const auto [ec, number] = co_await signals_->async_wait(net::as_result);
        const bool stopping = co_await net::was_cancelled();
        if (ec || stopping) co_return;
        if (number == SIGHUP) {
            manager_.reloading();
            reloads_->reload_all();
            manager_.reloaded();
            continue;
        }
        if (draining_) {
            // A signal to a process group may reach this process twice.
            if (clock::now() - stop_signalled_ < same_signal) continue;
            lifecycle("stopped_at_once");
            log::stop();
            std::_Exit(128 + number);  // the queue is safe at every instant
        }
        draining_ = true;
        stop_signalled_ = clock::now();
        stop_requested_.cancel();
    }
}

}  // namespace kurir::app
