// The part of the service that begins to deliver, with what operators have suspended in force.
#include <memory>
#include <utility>
#include <vector>

#include "relay/app/loop_lag.hpp"
#include "relay/app/memory_watch.hpp"
#include "relay/app/relayhost_check.hpp"
#include "relay/app/service.hpp"

namespace kurir::app {

void service::start_deliveries() {
    const auto executors = threads_.executors();
    std::vector<outbound::crew*> crews;
    for (const auto& each : executors) {
        crews_.push_back(std::make_unique<outbound::crew>(each, *connection_setup_));
        crews.push_back(crews_.back().get());
    }
    dispatcher_.emplace(
        executors.front(),
        live_config_,
        connection_setup_->books,
        *routes_,
        *router_,
        std::move(crews)
    );
    suspensions_.emplace(
        control_.get_executor(),
        config_->queue_dir,
        *dispatcher_,
        suspended_senders_,
        metrics_.operators,
        notices_ ? &*notices_ : nullptr
    );
    suspensions_->begin();
    store_->set_listener([this](std::vector<queue::delivery> deliveries) {
        dispatcher_->arrived(std::move(deliveries));
    });
    store_->set_change_listener({
        .removed = [this](auto removals) { dispatcher_->removed(std::move(removals)); },
        .moved = [this](auto deliveries) { dispatcher_->moved(std::move(deliveries)); },
    });
    homes_.front()->group.spawn(
        report_relayhosts({live_config_, *resolver_, *logins_, remote_tls_, metrics_.outbound})
    );
    for (auto& home : homes_) {
        home->group.spawn(measure_lag(home->executor, metrics_.runtime));
        home->group.spawn(give_back_when_calm(home->executor));
    }
}

}  // namespace kurir::app
