#include "relay/app/control_room.hpp"

#include <initializer_list>
#include <memory>
#include <utility>

#include "relay/control/destination_endpoints.hpp"
#include "relay/control/queue_endpoints.hpp"

namespace kurir::app {

namespace asio = boost::asio;

std::string admin_socket(const std::filesystem::path& queue_dir) {
    return (queue_dir / "admin.sock").string();
}

namespace {

std::vector<admin::endpoint> joined(std::initializer_list<std::vector<admin::endpoint>> tables) {
    std::vector<admin::endpoint> all;
    for (const auto& each : tables)
        all.insert(all.end(), each.begin(), each.end());
    return all;
}

}  // namespace

control_room::control_room(
    asio::any_io_executor executor,
    const config::live_config& config,
    const std::filesystem::path& queue_dir,
    metrics::http& counted,
    outbound::dispatcher& dispatcher,
    queue::store& store,
    std::vector<admin::endpoint> more
)
    : view_(executor, dispatcher, store),
      orders_(executor, view_),
      api_(
          executor,
          std::make_unique<admin::unix_door>(executor, admin_socket(queue_dir)),
          "KURIR_QUEUE_DIR",
          counted,
          joined({
              control::queue_endpoints(view_, orders_, config),
              control::destination_endpoints(view_, dispatcher),
              std::move(more),
          })
      ) {}

void control_room::start() {
    listening_ = api_.listen();
    if (listening_) api_.start();
}

asio::awaitable<void> control_room::stop_orders() {
    co_await orders_.stop();
}

asio::awaitable<void> control_room::stop() {
    if (listening_) co_await api_.stop();
}

}  // namespace kurir::app
