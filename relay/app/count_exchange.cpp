#include "relay/app/count_exchange.hpp"

#include <utility>
#include <vector>

#include "queue/node_share.hpp"
#include "relay/net/clock.hpp"
#include "relay/net/pause.hpp"
#include "relay/storage/home.hpp"

namespace kurir::app {

namespace asio = boost::asio;

asio::awaitable<void> exchange_counts(
    asio::any_io_executor loop, queue::shared_store& nodes, quota::ledger& counts
) {
    using all_words = std::vector<queue::node_words>;
    storage::home home(loop);
    net::timer tick(loop);
    do {
        auto text = counts.tell(net::calendar_now());
        const auto heard =
            co_await storage::completed<all_words>([&](queue::completion<all_words> done) {
                nodes.tell_nodes(std::move(text), home, std::move(done));
            });
        if (heard) counts.hear(*heard, net::calendar_now());
    } while (co_await net::pause_for(tick, queue::share_interval));
}

}  // namespace kurir::app
