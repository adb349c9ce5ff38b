#include "relay/app/store_setup.hpp"

#include <algorithm>
#include <chrono>
#include <string>

#include "relay/log/log.hpp"
#include "relay/net/clock.hpp"
#include "relay/outbound/draw.hpp"

namespace kurir::app {

using namespace std::chrono_literals;

namespace {

std::string commit_of(config::database_commit commit) {
    switch (commit) {
        case config::database_commit::remote_apply:
            return "remote_apply";
        case config::database_commit::remote_write:
            return "remote_write";
        case config::database_commit::local:
            return "local";
        case config::database_commit::on:
            break;
    }
    return "on";
}

}  // namespace

queue::store_options store_options_for(const config::config& config, const memory_plan& memory) {
    queue::store_options options;
    options.memtables = memory.memtables;
    options.recent_max = memory.memtables / 2;
    options.readers = memory.readers;
    options.directory = config.queue_dir;
    options.lock_wait = config.queue_lock_wait;
    options.free_min = config.queue_min_free;
    options.spread = config.retry_min;
    options.pause_max = config.retry_max + config.retry_max / 5;  // with its jitter of 20 %
    options.now = net::wall_now;
    options.calendar = net::calendar_now;
    options.resume = net::continue_wall_from;
    options.steady = [] { return net::clock::now().time_since_epoch(); };
    options.draw = outbound::draw;
    return options;
}

// A renewal may fail and be tried again before a lease is over.
queue::postgres::options database_options_for(
    const config::config& config, const memory_plan& memory
) {
    queue::postgres::options options;
    options.url = config.database_url;
    options.commit = commit_of(config.database_commit);
    options.lease = config.database_lease;
    options.patience = std::min<std::chrono::milliseconds>(config.database_lease / 2, 10s);
    options.reconnect_max = std::min<std::chrono::milliseconds>(config.database_lease / 6, 5s);
    options.journal = config.queue_dir / "results";
    options.readers = memory.readers;
    options.take_over_pause = options.patience + 2 * options.reconnect_max;
    options.recent_max = memory.memtables / 2;
    options.now = net::wall_now;
    options.resume = net::continue_wall_from;
    return options;
}

queue::store_observer damage_observer(const std::string& folder) {
    const auto add_place = [folder](log::event& line) {
        if (!folder.empty()) line.with("folder", folder);
    };
    queue::store_observer observer;
    observer.on_quarantined = [add_place](std::string_view key, std::string_view reason) {
        add_place(
            log::event(log::level::error, "quarantined").with("key", key).with("reason", reason)
        );
    };
    observer.on_newer = [add_place](std::string_view id, std::string_view reason) {
        add_place(
            log::event(log::level::error, "newer_record").with("id", id).with("reason", reason)
        );
    };
    observer.on_wal_damage = [add_place](std::string_view copy, std::string_view reason) {
        add_place(
            log::event(log::level::error, "store_damaged").with("copy", copy).with("reason", reason)
        );
    };
    return observer;
}

queue::store_observer logging_observer() {
    auto observer = damage_observer();
    observer.on_reopening = [](std::string_view cause) {
        log::event(log::level::error, "store_reopening").with("cause", cause);
    };
    observer.on_reopened = [] { log::event(log::level::notice, "store_reopened"); };
    observer.on_unreadable = [](std::string_view cause) {
        log::event(log::level::error, "store_unreadable").with("cause", cause);
    };
    observer.on_doubtful_folder = [](std::string_view doubt) {
        log::event(log::level::warning, "queue_folder").with("doubt", doubt);
    };
    observer.on_waiting = [](std::string_view holder) {
        log::event(log::level::warning, "lifecycle")
            .with("what", "waiting_for_queue")
            .with("holder", holder);
    };
    observer.on_space = [](bool full, std::uint64_t free_bytes) {
        log::event(full ? log::level::warning : log::level::notice, "disk_space")
            .with("refusing_mail", full)
            .with("free_bytes", free_bytes);
    };
    observer.on_reclaimed = [](std::uint64_t before, std::uint64_t after) {
        log::event(log::level::notice, "disk_reclaimed")
            .with("bytes_before", before)
            .with("bytes_after", after);
    };
    observer.on_recovered = [](std::uint64_t deliveries) {
        log::event(log::level::notice, "lifecycle")
            .with("what", "recovered")
            .with("deliveries", deliveries);
    };
    return observer;
}

}  // namespace kurir::app
