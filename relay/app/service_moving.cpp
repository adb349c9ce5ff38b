// The part of the service that moves mail between relays: what it adopts while it runs, and what it
// hands over when it stops.
#include "relay/app/service.hpp"
#include "relay/log/failure.hpp"

namespace kurir::app {

namespace asio = boost::asio;

void service::move_between_relays() {
    handover_.emplace(
        control_.get_executor(), control_room_->view(), *store_, live_config_, metrics_.operators
    );
    // A queue that others share is handed over to nobody and has no marks of that: every relay
    // would read all of it at its start.
    if (config_->store == config::queue_store::rocksdb) handover_->start();
    adoption_.emplace(
        control_.get_executor(), control_room_->imports(), live_config_, metrics_.operators
    );
    adoption_->start();
}

// What comes from others from now on would have to be handed over.
asio::awaitable<void> service::stop_moving() {
    co_await adoption_->stop();
    co_await handover_->stop();
    control_room_->imports().close();
}

asio::awaitable<void> service::hand_over_queue(net::clock::time_point deadline) {
    // Deliveries that did not end are still being tried.
    if (dispatching_) co_return;
    try {
        co_await handover_->empty(deadline);
    } catch (...) {
        // What is marked is settled at the next start.
        log::internal_error("handover", std::current_exception());
    }
}

}  // namespace kurir::app
