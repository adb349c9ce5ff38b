#include "relay/app/store_opening.hpp"

#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "queue/postgres/database_url.hpp"
#include "queue/postgres/postgres_store.hpp"
#include "queue/rocks/opening.hpp"
#include "queue/rocks/rocks_store.hpp"
#include "relay/app/store_setup.hpp"
#include "relay/app/this_node.hpp"
#include "relay/log/log.hpp"
#include "relay/net/clock.hpp"

namespace kurir::app {

namespace {

constexpr auto retry_pause = std::chrono::seconds(1);  // while a database is waited for

void tell_failure(const char* setting, const std::string& error) {
    log::event(log::level::error, "lifecycle")
        .with("what", "store_failed")
        .with("setting", setting)
        .with("error", error);
}

// What is logged, and what `progress` hears of it: until the folder is taken, and `then`.
queue::store_observer opening_observer(
    const config::config& config, opening_progress& progress, std::string then
) {
    auto observer = logging_observer();
    observer.on_waiting = [&progress,
                           most = config.queue_lock_wait,
                           logged = observer.on_waiting](std::string_view holder) {
        logged(holder);
        progress.wait("waiting for the queue folder: " + std::string(holder), most);
    };
    observer.on_taken = [&progress, then = std::move(then)] { progress.step(then); };
    return observer;
}

opened_queue open_in_folder(
    const config::config& config,
    const memory_plan& memory,
    metrics::all& metrics,
    opening_progress& progress,
    std::function<void()> recovered
) {
    auto observer =
        opening_observer(config, progress, "opening the queue in " + config.queue_dir.string());
    observer.on_recovered = [recovered = std::move(recovered),
                             logged = observer.on_recovered](std::uint64_t deliveries) {
        recovered();
        logged(deliveries);
    };
    auto opened = queue::rocks_store::open(
        store_options_for(config, memory), metrics.store, metrics.queue, std::move(observer)
    );
    if (!opened.store) tell_failure("KURIR_QUEUE_DIR", opened.why_not);
    metrics.store.store_nodes.set(1);
    return {.store = std::move(opened.store)};
}

// Its mail would lie there unseen.
void tell_of_queue_in(const std::filesystem::path& folder) {
    std::error_code ignored;
    if (!std::filesystem::exists(folder / "db" / "CURRENT", ignored)) return;
    log::event(log::level::warning, "queue_folder")
        .with(
            "doubt",
            "the queue of KURIR_STORE=rocksdb is in KURIR_QUEUE_DIR, too: its mail does not go out "
            "unless a relay is started with it"
        );
}

// `step` is what this relay does, such as "waits: …".
void tell_of_migration(queue::postgres::options& options, opening_progress& progress) {
    auto& observer = options.observer;
    observer.on_migrating = [&progress,
                             most = options.migration_patience,
                             logged = observer.on_migrating](std::string_view step) {
        logged(step);
        progress.wait("opening the queue: this relay " + std::string(step), most);
    };
}

// Once the database can be reached. A cause is told when it is another one.
queue::postgres::answer<std::unique_ptr<queue::postgres::postgres_store>> open_when_there(
    const queue::postgres::options& options,
    config::duration wait,
    database_watch& database,
    opening_progress& progress
) {
    using queue::postgres::postgres_store;
    using queue::postgres::trouble;
    using std::chrono::milliseconds;
    const auto deadline = net::clock::now() + wait;
    boost::asio::io_context idle;
    net::timer tick(idle);
    std::string cause;
    for (;;) {
        auto opened = postgres_store::open(options);
        const auto left = std::chrono::ceil<milliseconds>(deadline - net::clock::now());
        const bool is_away = !opened && opened.error().kind == trouble::disconnected;
        if (opened && !cause.empty()) database.arrives();
        if (!is_away || left <= left.zero()) return opened;
        if (cause != opened.error().text) {
            cause = opened.error().text;
            database.awaits(cause, left);
            progress.wait("waiting for the database: " + cause, left);
        }
        tick.expires_after(std::min<milliseconds>(left, retry_pause));
        boost::system::error_code ignored;
        tick.wait(ignored);
    }
}

opened_queue open_in_database(
    const config::config& config,
    const memory_plan& memory,
    metrics::all& metrics,
    database_watch& database,
    opening_progress& progress
) {
    const auto url = queue::postgres::database_url::parse(config.database_url);
    const auto place = url ? url->place() : std::string();
    auto folder = queue::take_queue_folder(
        store_options_for(config, memory),
        opening_observer(config, progress, "connecting to " + place)
    );
    if (!folder.why_not.empty()) {
        tell_failure("KURIR_QUEUE_DIR", folder.why_not);
        return {};
    }
    tell_of_queue_in(config.queue_dir);
    if (!url) {
        tell_failure("KURIR_DATABASE_URL", url.error().text);
        return {};
    }
    auto options = database_options_for(config, memory);
    options.self = this_node(config);
    options.observer = database.observer();
    tell_of_migration(options, progress);
    auto opened = open_when_there(options, config.database_wait, database, progress);
    if (!opened) {
        tell_failure(
            "KURIR_DATABASE_URL",
            "cannot open the queue in " + url->place() + ": " + opened.error().text
        );
        return {};
    }
    metrics.store.store_nodes.set(1);
    auto& shared = (*opened)->shared();
    auto node = (*opened)->own_name();
    return {
        .store = std::move(*opened),
        .shared = &shared,
        .node = std::move(node),
        .folder = std::move(folder.lock),
    };
}

}  // namespace

opened_queue open_queue(
    const config::config& config,
    const memory_plan& memory,
    metrics::all& metrics,
    database_watch& database,
    opening_progress& progress,
    std::function<void()> recovered
) {
    metrics.store.store_connected.set(1);  // what was never there is not lost
    metrics.store.store_claiming.set(1);
    if (config.store == config::queue_store::rocksdb) {
        return open_in_folder(config, memory, metrics, progress, std::move(recovered));
    }
    auto opened = open_in_database(config, memory, metrics, database, progress);
    if (opened.store) recovered();
    return opened;
}

}  // namespace kurir::app
