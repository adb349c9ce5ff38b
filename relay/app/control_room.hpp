// The door for operators: the queue's API on a Unix socket in the queue folder.
//
// Kurir runs without it if the socket can't be made, which is logged.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "metrics/http.hpp"
#include "queue/shared_store.hpp"
#include "queue/store.hpp"
#include "relay/admin/server.hpp"
#include "relay/config/live_config.hpp"
#include "relay/control/import_desk.hpp"
#include "relay/control/live_endpoints.hpp"
#include "relay/control/order_desk.hpp"
#include "relay/control/queue_view.hpp"
#include "relay/control/trace_desk.hpp"
#include "relay/net/server_certificate.hpp"
#include "relay/outbound/dispatcher.hpp"

namespace kurir::app {

// Where the socket of a queue folder is.
std::string admin_socket(const std::filesystem::path& queue_dir);

class control_room {
public:
    // `config`, `counted`, `dispatcher`, `store` and `feed` must outlive `stop`; so must
    // `shared`, which is null if the queue has one owner. `remote_door`:
    // that of KURIR_ADMIN_LISTEN, which has its address; may be null. `events`: null, if
    // no history is kept. `more`: endpoints beside those of the queue; what their handlers need
    // must outlive `stop`. `recovered`: whether the queue of the last process has been read.
    // `self`: what people know this process by.
    control_room(
        boost::asio::any_io_executor executor,
        const config::live_config& config,
        const std::filesystem::path& queue_dir,
        metrics::http& counted,
        outbound::dispatcher& dispatcher,
        queue::store& store,
        queue::shared_store* shared,
        std::unique_ptr<admin::door> remote_door,
        std::unique_ptr<history::source> events,
        std::vector<admin::endpoint> more,
        control::event_feed& feed,
        control::settings_source settings,
        std::function<bool()> recovered,
        queue::node_facts self
    );

    // For the API on KURIR_ADMIN_LISTEN, which speaks TLS with them outside this machine.
    void use(const net::server_certificates& certificates);

    // On the thread of the executor, or before it runs.
    void start();

    // What others of the program need of it: until `stop`, on its executor.
    control::queue_view& view() noexcept { return view_; }
    control::import_desk& imports() noexcept { return imports_; }

    // Ends all orders; the queue can still be looked at.
    boost::asio::awaitable<void> stop_orders();
    // Closes everything.
    boost::asio::awaitable<void> stop();

private:
    control::queue_view view_;
    control::order_desk orders_;
    control::import_desk imports_;
    control::trace_desk traces_;
    std::vector<admin::endpoint> table_;
    admin::server local_;
    std::optional<admin::server> remote_;
    const bool secure_;  // what comes to the remote one
    bool listening_ = false;
};

}  // namespace kurir::app
