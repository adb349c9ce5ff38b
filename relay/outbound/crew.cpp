#include "relay/outbound/crew.hpp"

#include <boost/asio/post.hpp>

#include <utility>

#include "relay/log/failure.hpp"
#include "relay/outbound/connection_slot.hpp"
#include "relay/outbound/dispatcher.hpp"

namespace kurir::outbound {

namespace asio = boost::asio;

crew::crew(asio::any_io_executor executor, const services& with)
    : home_(executor), with_(with), slots_(executor, log::internal_error("delivery")) {}

void crew::start(dispatcher& of, connection_id who, std::shared_ptr<const route> where) {
    size_.fetch_add(1, std::memory_order_relaxed);
    asio::post(home_.executor(), [this, &of, who, where = std::move(where)] {
        slots_.spawn(run(of, who, where));
    });
}

asio::awaitable<void> crew::run(
    dispatcher& of, connection_id who, std::shared_ptr<const route> where
) {
    connection_slot slot(with_, home_, of, who, std::move(where), held_);
    co_await slot.run();
    size_.fetch_sub(1, std::memory_order_relaxed);
}

void crew::stop() {
    slots_.stop();
}

asio::awaitable<void> crew::join() {
    return slots_.join();
}

}  // namespace kurir::outbound
