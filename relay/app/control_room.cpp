#include "relay/app/control_room.hpp"

#include <algorithm>
#include <iterator>
#include <memory>
#include <utility>
#include <vector>

#include "relay/control/queue_endpoints.hpp"

namespace kurir::app {

namespace asio = boost::asio;

std::string admin_socket(const std::filesystem::path& queue_dir) {
    return (queue_dir / "admin.sock").string();
}

namespace {

std::vector<admin::endpoint> joined_tables(
    std::vector<admin::endpoint> first, std::vector<admin::endpoint> second
) {
    std::ranges::move(second, std::back_inserter(first));
    return first;
}

}  // namespace

control_room::control_room(
    asio::any_io_executor executor,
    const config::live_config& config,
    const std::filesystem::path& queue_dir,
    metrics::http& counted,
    outbound::dispatcher& dispatcher,
    queue::store& store
)
    : view_(executor, dispatcher, store),
      orders_(executor, view_),
      imports_(executor, view_, store, config),
      api_(
          executor,
          std::make_unique<admin::unix_door>(executor, admin_socket(queue_dir)),
          "KURIR_QUEUE_DIR",
          counted,
          joined_tables(
              control::queue_endpoints(view_, orders_, config),
              control::message_endpoints(view_, imports_, config)
          )
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
