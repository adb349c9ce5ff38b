#include "relay/app/store_opening.hpp"

#include <filesystem>
#include <string>
#include <system_error>
#include <utility>

#include "queue/postgres/database_url.hpp"
#include "queue/postgres/postgres_store.hpp"
#include "queue/rocks/opening.hpp"
#include "queue/rocks/rocks_store.hpp"
#include "relay/app/store_setup.hpp"
#include "relay/app/this_node.hpp"
#include "relay/log/log.hpp"

namespace kurir::app {

namespace {

void tell_failure(const char* setting, const std::string& error) {
    log::event(log::level::error, "lifecycle")
        .with("what", "store_failed")
        .with("setting", setting)
        .with("error", error);
}

opened_queue open_in_folder(
    const config::config& config,
    const memory_plan& memory,
    metrics::all& metrics,
    std::function<void()> recovered
) {
    auto observer = logging_observer();
    observer.on_recovered = [recovered = std::move(recovered),
                             logged = observer.on_recovered](std::uint64_t deliveries) {
        recovered();
        logged(deliveries);
    };
    auto opened = queue::rocks_store::open(
        store_options_for(config, memory), metrics.store, metrics.queue, std::move(observer)
    );
    if (!opened.store) tell_failure("KURIR_QUEUE_DIR", opened.why_not);
    metrics.store.store_connected.set(1);
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

opened_queue open_in_database(
    const config::config& config,
    const memory_plan& memory,
    metrics::all& metrics,
    database_watch& database
) {
    auto folder = queue::take_queue_folder(store_options_for(config, memory), logging_observer());
    if (!folder.why_not.empty()) {
        tell_failure("KURIR_QUEUE_DIR", folder.why_not);
        return {};
    }
    tell_of_queue_in(config.queue_dir);
    const auto url = queue::postgres::database_url::parse(config.database_url);
    if (!url) {
        tell_failure("KURIR_DATABASE_URL", url.error().text);
        return {};
    }
    auto options = database_options_for(config, memory);
    options.self = this_node(config);
    options.observer = database.observer();
    auto opened = queue::postgres::postgres_store::open(std::move(options));
    if (!opened) {
        tell_failure(
            "KURIR_DATABASE_URL",
            "cannot open the queue in " + url->place() + ": " + opened.error().text
        );
        return {};
    }
    metrics.store.store_connected.set(1);
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
    std::function<void()> recovered
) {
    if (config.store == config::queue_store::rocksdb) {
        return open_in_folder(config, memory, metrics, std::move(recovered));
    }
    auto opened = open_in_database(config, memory, metrics, database);
    if (opened.store) recovered();
    return opened;
}

}  // namespace kurir::app
