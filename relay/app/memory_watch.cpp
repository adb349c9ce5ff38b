#include "relay/app/memory_watch.hpp"

#include <chrono>
#include <ctime>

#include "relay/app/memory_limit.hpp"
#include "relay/log/log.hpp"
#include "relay/net/clock.hpp"
#include "relay/net/pause.hpp"

namespace kurir::app {

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {

constexpr auto look_interval = 50ms;
constexpr std::chrono::nanoseconds calm_interval = 5s;
constexpr int calm_part = 10;  // a tenth of the time at work is calm

std::chrono::nanoseconds work_of_thread() {
    timespec time{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

void tell(const memory_use& use, queue::pressure level) {
    const bool refusing = level != queue::pressure::none;
    log::event(refusing ? log::level::warning : log::level::info, "memory")
        .with("refusing_mail", refusing)
        .with("limit", use.name)
        .with("limit_bytes", use.limit)
        .with("used_bytes", use.used);
}

}  // namespace

asio::awaitable<void> watch_memory(
    asio::any_io_executor loop, queue::owned_store& store, metrics::store& metrics
) {
    net::timer tick(loop);
    auto level = queue::pressure::none;
    do {
        const auto use = tightest(limited_memory());
        const auto before = level;
        level = use ? pressure_of(*use, before) : queue::pressure::none;
        if (level == before) continue;
        store.set_pressure(level);
        metrics.load_shedding(metrics::shed_reason::memory)
            .set(level == queue::pressure::none ? 0 : 1);
        const bool changed = before == queue::pressure::none || level == queue::pressure::none;
        if (use && changed) tell(*use, level);
        if (level != queue::pressure::none) give_back_memory();
    } while (co_await net::pause_for(tick, look_interval));
}

asio::awaitable<void> give_back_when_calm(asio::any_io_executor loop) {
    net::timer tick(loop);
    auto before = work_of_thread();
    while (co_await net::pause_for(tick, calm_interval)) {
        const auto after = work_of_thread();
        if (after - before < calm_interval / calm_part) give_back_memory();
        before = work_of_thread();
    }
}

}  // namespace kurir::app
