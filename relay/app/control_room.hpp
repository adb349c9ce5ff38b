// The door for operators: the queue's API on a Unix socket in the queue folder.
//
// Kurir runs without it if the socket can't be made, which is logged.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <filesystem>
#include <string>

#include "metrics/http.hpp"
#include "queue/store.hpp"
#include "relay/admin/server.hpp"
#include "relay/config/live_config.hpp"
#include "relay/control/import_desk.hpp"
#include "relay/control/order_desk.hpp"
#include "relay/control/queue_view.hpp"
#include "relay/outbound/dispatcher.hpp"

namespace kurir::app {

// Where the socket of a queue folder is.
std::string admin_socket(const std::filesystem::path& queue_dir);

class control_room {
public:
    // `config`, `counted`, `dispatcher` and `store` must outlive `stop`.
    control_room(
        boost::asio::any_io_executor executor,
        const config::live_config& config,
        const std::filesystem::path& queue_dir,
        metrics::http& counted,
        outbound::dispatcher& dispatcher,
        queue::store& store
    );

    // On the thread of the executor, or before it runs.
    void start();

    // Ends all orders. Call before the dispatcher is stopped; the queue can still be looked at.
    boost::asio::awaitable<void> stop_orders();
    // Closes everything.
    boost::asio::awaitable<void> stop();

private:
    control::queue_view view_;
    control::order_desk orders_;
    control::import_desk imports_;
    admin::server api_;
    bool listening_ = false;
};

}  // namespace kurir::app
