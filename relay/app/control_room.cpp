#include "relay/app/control_room.hpp"

#include <initializer_list>
#include <memory>
#include <utility>
#include <vector>

#include "relay/admin/guard.hpp"
#include "relay/control/destination_endpoints.hpp"
#include "relay/control/node_endpoints.hpp"
#include "relay/control/queue_endpoints.hpp"
#include "relay/control/transcript_desk.hpp"
#include "relay/net/tls.hpp"
#include "relay/page/page.hpp"

namespace kurir::app {

namespace asio = boost::asio;

std::string admin_socket(const std::filesystem::path& queue_dir) {
    return (queue_dir / "admin.sock").string();
}

namespace {

bool is_of_this_machine(const config::config& config) {
    return config.admin_listen && config.admin_listen->address().is_loopback();
}

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
    queue::shared_store* shared,
    std::unique_ptr<admin::door> remote_door,
    std::unique_ptr<history::source> events,
    std::vector<admin::endpoint> more,
    control::event_feed& feed,
    control::settings_source settings,
    std::function<bool()> recovered,
    queue::node_facts self
)
    : view_(executor, dispatcher, store, shared, std::move(recovered)),
      orders_(executor, view_),
      imports_(executor, view_, store, config),
      traces_(std::move(events), view_),
      table_(joined(
          {control::queue_endpoints(view_, orders_, config),
           control::message_endpoints(view_, imports_, config),
           traces_.endpoints(),
           control::transcript_endpoints(),
           control::destination_endpoints(view_, dispatcher),
           control::node_endpoints(view_, std::move(self)),
           std::move(more),
           control::live_endpoints(view_, feed, std::move(settings)),
           page::endpoints()}
      )),
      local_(
          executor,
          std::make_unique<admin::unix_door>(executor, admin_socket(queue_dir)),
          "KURIR_QUEUE_DIR",
          counted,
          table_
      ),
      secure_(remote_door != nullptr && !is_of_this_machine(*config.get())) {
    if (remote_door == nullptr) return;
    remote_.emplace(executor, std::move(remote_door), "KURIR_ADMIN_LISTEN", counted, table_);
    if (secure_) remote_->require_tls();
    remote_->set_guard([&config](admin::request& asked, const admin::endpoint& wanted) {
        return admin::refusal_by_token(asked, wanted, config.get()->admin_token.tokens);
    });
}

void control_room::use(const net::server_certificates& certificates) {
    if (!remote_ || !secure_) return;
    auto made =
        net::tls_context::make({.peer = net::peer_verification::none, .certificates = certificates}
        );
    if (made) remote_->use_tls(std::move(*made));
}

void control_room::start() {
    listening_ = local_.listen();
    if (listening_) local_.start();
    if (remote_) remote_->start();
}

asio::awaitable<void> control_room::stop_orders() {
    co_await orders_.stop();
}

asio::awaitable<void> control_room::stop() {
    if (remote_) co_await remote_->stop();
    if (listening_) co_await local_.stop();
}

}  // namespace kurir::app
