#include "relay/inbound/message_room.hpp"

#include <algorithm>

#include "relay/net/error.hpp"

namespace kurir::inbound {

namespace asio = boost::asio;

asio::awaitable<std::optional<message_room::place>> message_room::enter(
    asio::any_io_executor executor, net::clock::time_point deadline
) {
    if (!limited() || taken_ < places_) {
        ++taken_;
        co_return place(*this);
    }
    const auto me = waiting_.insert(waiting_.end(), waiter{.turn = {executor, deadline}});
    // This also runs when the wait is cancelled.
    struct departure {
        std::list<waiter>& line;
        std::list<waiter>::iterator place;
        ~departure() {
            auto given = std::move(place->given);  // it goes to the next one if it is not taken
            line.erase(place);
        }
    };
    const departure leaves{waiting_, me};
    std::ignore = co_await me->turn.async_wait(net::as_result);
    co_return std::exchange(me->given, std::nullopt);
}

void message_room::leave() noexcept {
    const auto next =
        std::ranges::find_if(waiting_, [](const waiter& each) { return !each.given; });
    if (next == waiting_.end()) {
        --taken_;
        return;
    }
    next->given.emplace(*this);
    next->turn.cancel();
}

}  // namespace kurir::inbound
