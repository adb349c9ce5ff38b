#include "relay/outbound/crew.hpp"

#include <boost/asio/post.hpp>

#include <utility>

#include "relay/log/failure.hpp"
#include "relay/outbound/connection_slot.hpp"

namespace kurir::outbound {

namespace asio = boost::asio;

crew::crew(asio::any_io_executor executor, const connection_setup& setup)
    : home_(executor), setup_(setup), slots_(executor, log::internal_error("delivery")) {}

void crew::start(job_source& jobs, connection_id id, std::shared_ptr<const route> hosts) {
    size_.fetch_add(1, std::memory_order_relaxed);
    hosts = setup_.standing.in_order(std::move(hosts), id);
    asio::post(home_.executor(), [this, &jobs, id, hosts = std::move(hosts)] {
        slots_.spawn(run(jobs, id, hosts));
    });
}

asio::awaitable<void> crew::run(
    job_source& jobs, connection_id id, std::shared_ptr<const route> hosts
) {
    connection_slot slot(setup_, home_, jobs, id, std::move(hosts), held_);
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
