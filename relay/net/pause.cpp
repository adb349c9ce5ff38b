#include "relay/net/pause.hpp"

#include "relay/net/error.hpp"
#include "relay/net/task_group.hpp"

namespace kurir::net {

boost::asio::awaitable<bool> pause_for(timer& tick, clock::duration time) {
    tick.expires_after(time);
    const auto [failed] = co_await tick.async_wait(as_result);
    const bool stopping = co_await was_cancelled();
    co_return !failed && !stopping;
}

}  // namespace kurir::net
