// The part of the service that ends it: who is waited for, in which order, and how long.
#include <boost/asio/post.hpp>

#include <algorithm>
#include <chrono>
#include <tuple>

#include "queue/failpoint.hpp"
#include "relay/app/lifecycle.hpp"
#include "relay/app/run_there.hpp"
#include "relay/app/service.hpp"
#include "relay/net/error.hpp"

namespace kurir::app {

namespace asio = boost::asio;
using net::clock;

namespace {

// The time for QUIT, and the time in which interrupted deliveries write their results before the
// store is closed.
constexpr auto last_words = std::chrono::seconds(5);
constexpr auto look_interval = std::chrono::milliseconds(100);

}  // namespace

asio::awaitable<void> service::shut_down() {
    metrics_.runtime.draining.set(1);
    lifecycle("draining");
    manager_.stopping(status());
    queue::failpoint("drain_begins");
    // Load balancers see on /readyz that we are stopping, and stop sending before the listeners
    // close.
    net::timer pause(control_, clock::now() + config_->shutdown_delay);
    std::ignore = co_await pause.async_wait(net::as_result);

    listening_ = false;
    const auto deadline = clock::now() + config_->shutdown_grace;
    // A store that can't write keeps what is to be written, and who waits for it: closing ends
    // that.
    net::timer patience(control_, deadline + 2 * last_words);
    patience.async_wait([this](boost::system::error_code cancelled) {
        if (!cancelled) store_->close();
    });
    asio::post(dispatcher_->executor(), [this] {
        dispatcher_->stop();
        if (token_keeper_) token_keeper_->stop();
        token_keys_->stop();
        resolver_->shutdown();
    });
    co_await run_there(*homes_.front(), [this, deadline] { return drain_sessions(deadline); });
    // What operators and other queues want may take long: clients don't wait for that.
    co_await stop_moving();
    co_await control_room_->stop_orders();
    co_await suspensions_->stop();
    quotas_->stop();
    co_await finish_deliveries(deadline);
    co_await hand_over_queue(deadline);
    co_await run_there(*homes_.front(), [this] { return end_tokens(); });
    queue::failpoint("store_closes");
    patience.cancel();
    store_->close();
    if (notices_) notices_->stop();
    co_await control_room_->stop();
    co_await http_->stop();
    answering_ = false;
    for (auto& home : homes_) {
        asio::post(home->executor, [&home = *home] { home.group.stop(); });
    }
}

asio::awaitable<void> service::drain_sessions(clock::time_point deadline) {
    smtp_->stop_accepting();
    co_await smtp_->drain(deadline);
}

asio::awaitable<void> service::end_tokens() {
    if (token_keeper_) co_await token_keeper_->join();
    co_await token_keys_->join();
}

asio::awaitable<void> service::finish_deliveries(clock::time_point deadline) {
    co_await stopped_dispatching(std::min(deadline, clock::now() + last_words));
    // Connections that carry no message, for example to a server that does not greet, are not
    // waited for.
    while (dispatching_ && anything_at_stake() && clock::now() < deadline)
        co_await stopped_dispatching(std::min(deadline, clock::now() + look_interval));
    if (!dispatching_) co_return;

    if (clock::now() >= deadline) lifecycle("grace_over");
    for (auto& each : crews_) {
        asio::post(each->executor(), [&crew = *each] { crew.stop(); });
    }
    co_await stopped_dispatching(clock::now() + last_words);
    // A store that can't write keeps settlements waiting: closing it ends them.
    if (dispatching_) store_->close();
    co_await stopped_dispatching(clock::time_point::max());
}

bool service::anything_at_stake() const {
    return std::ranges::any_of(crews_, [](const auto& each) { return each->at_stake(); });
}

asio::awaitable<void> service::stopped_dispatching(clock::time_point deadline) {
    dispatching_ended_.expires_at(deadline);
    while (dispatching_ && clock::now() < deadline) {
        std::ignore = co_await dispatching_ended_.async_wait(net::as_result);
    }
}

}  // namespace kurir::app
