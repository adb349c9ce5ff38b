#include "relay/app/count_exchange.hpp"

#include <utility>
#include <vector>

#include "queue/node_share.hpp"
#include "relay/net/clock.hpp"
#include "relay/net/error.hpp"
#include "relay/net/task_group.hpp"
#include "relay/storage/home.hpp"

namespace kurir::app {

namespace asio = boost::asio;

asio::awaitable<void> exchange_counts(
    asio::any_io_executor loop, queue::shared_store& nodes, quota::ledger& counts
) {
    using all_words = std::vector<queue::node_words>;
    storage::home home(loop);
    net::timer pause(loop);
    for (;;) {
        auto text = counts.tell(net::calendar_now());
        const auto heard =
            co_await storage::completed<all_words>([&](queue::completion<all_words> done) {
                nodes.tell_nodes(std::move(text), home, std::move(done));
            });
        if (heard) counts.hear(*heard, net::calendar_now());
        pause.expires_after(queue::share_interval);
        const auto [failed] = co_await pause.async_wait(net::as_result);
        const bool stopping = co_await net::was_cancelled();
        if (failed || stopping) co_return;
    }
}

}  // namespace kurir::app
