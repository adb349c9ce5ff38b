#include "relay/outbound/node_watch.hpp"

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>
#include <vector>

#include "relay/log/log.hpp"
#include "relay/net/clock.hpp"
#include "relay/net/pause.hpp"
#include "relay/storage/home.hpp"

namespace kurir::outbound {

namespace asio = boost::asio;

namespace {

// Nothing is sent before the first share.
constexpr std::chrono::milliseconds first_share_interval{200};

using known_nodes = std::vector<queue::node>;

std::size_t count_alive(const known_nodes& known) {
    return static_cast<std::size_t>(std::ranges::count_if(known, [](const queue::node& each) {
        return each.is_self || each.silent <= queue::silence_max;
    }));
}

// What to make of each reading, and of those that failed.
class followed_share {
public:
    // A share that differs from the one before. After an outage nobody has been heard of, and all
    // have to connect again: for that time none is taken for dead.
    std::optional<queue::node_share> follow(
        const queue::result<known_nodes>& reading, net::clock::time_point now
    ) {
        if (!reading) {
            counted_from_ = now + queue::silence_max;
            return std::nullopt;
        }
        auto share = queue::share_in(*reading);
        if (!share || share == last_) return std::nullopt;
        if (last_ && share->nodes() <= last_->nodes() && now < counted_from_) return std::nullopt;
        last_ = share;
        return share;
    }
    bool any() const noexcept { return last_.has_value(); }

private:
    std::optional<queue::node_share> last_;
    net::clock::time_point counted_from_{};
};

}  // namespace

asio::awaitable<void> watch_nodes(
    asio::any_io_executor loop,
    queue::shared_store& nodes,
    metrics::store& counts,
    std::function<void(const queue::node_share&)> changed
) {
    storage::home home(loop);
    net::timer tick(loop);
    followed_share own;
    do {
        const auto known =
            co_await storage::completed<known_nodes>([&](queue::completion<known_nodes> done) {
                nodes.heard_nodes(home, std::move(done));
            });
        if (known) counts.store_nodes.set(static_cast<double>(count_alive(*known)));
        if (const auto share = own.follow(known, net::clock::now())) {
            log::event(log::level::notice, "nodes").with("alive", share->nodes());
            changed(*share);
        }
    } while (co_await net::pause_for(tick, own.any() ? queue::share_interval : first_share_interval)
    );
}

}  // namespace kurir::outbound
