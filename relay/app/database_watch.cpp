#include "relay/app/database_watch.hpp"

#include <utility>

#include "relay/log/log.hpp"

namespace kurir::app {

namespace {

void tell_of_database(log::level level, const char* news, std::string_view cause) {
    log::event(level, "database").with("what", news).with("cause", cause);
}

}  // namespace

queue::postgres::observer database_watch::observer() {
    queue::postgres::observer observer;
    observer.on_disconnected = [this](std::string_view cause) {
        counts_.store_connected.set(0);
        counts_.store_disconnects_total.inc();
        trouble_.set(std::string(cause));
        tell_of_database(log::level::error, "disconnected", cause);
    };
    observer.on_connected = [this] {
        counts_.store_connected.set(1);
        trouble_.set({});
        log::event(log::level::notice, "database").with("what", "connected");
    };
    observer.on_full = [](std::string_view cause) {
        tell_of_database(log::level::error, "full", cause);
    };
    observer.on_refused = [](std::string_view cause) {
        tell_of_database(log::level::error, "refused", cause);
    };
    observer.on_not_claiming = [this](std::string_view cause) {
        claims_trouble_.set(std::string(cause));
        tell_of_database(log::level::error, "not_claiming", cause);
    };
    observer.on_claiming_again = [this] {
        claims_trouble_.set({});
        log::event(log::level::notice, "database").with("what", "claiming");
    };
    observer.on_resolved = [this](bool written) {
        using metrics::batch_end;
        counts_.store_doubtful_batches_total(written ? batch_end::written : batch_end::not_written)
            .inc();
        log::event(log::level::notice, "database")
            .with("what", "resolved")
            .with("written", written);
    };
    observer.on_unreadable = [](std::string_view id, std::string_view reason) {
        log::event(log::level::error, "database")
            .with("what", "unreadable")
            .with("id", id)
            .with("cause", reason);
    };
    return observer;
}

}  // namespace kurir::app
