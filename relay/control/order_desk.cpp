#include "relay/control/order_desk.hpp"

#include <algorithm>
#include <array>
#include <tuple>
#include <utility>
#include <vector>

#include "relay/control/words.hpp"
#include "relay/log/failure.hpp"
#include "relay/log/log.hpp"
#include "relay/net/clock.hpp"
#include "relay/net/error.hpp"

namespace kurir::control {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using outbound::order_action;

namespace {

constexpr std::array<std::string_view, 6> actions{
    "retry", "hold", "release", "delete", "bounce", "reroute"
};
constexpr std::size_t at_once = 256;
// What was being tried is looked at again so often, with this pause in between.
constexpr int passes_max = 20;
constexpr auto busy_pause = 500ms;
constexpr auto reading_pause = 50ms;  // between two looks whether the queue has been read

}  // namespace

std::optional<order_action> action_named(std::string_view name) {
    const auto found = index_in(actions, name);
    return found ? std::optional(static_cast<order_action>(*found)) : std::nullopt;
}

std::string known_actions() {
    return one_of("action", actions);
}

std::string_view text_of(order_action action) noexcept {
    return actions.at(static_cast<std::size_t>(action));
}

order_desk::order_desk(asio::any_io_executor executor, queue_view& view)
    : executor_(executor), view_(view), tasks_(executor, log::internal_error("orders")) {}

std::optional<std::uint64_t> order_desk::begin(
    outbound::operator_order order, selector wanted, std::string selection, bool dry_run
) {
    const auto running =
        std::ranges::count(orders_, false, [](const auto& each) { return each.second.over; });
    if (stopping_ || static_cast<std::size_t>(running) >= running_max) return std::nullopt;
    forget_old();
    const auto number = ++last_;
    auto& state = orders_[number];
    state.number = number;
    state.selection = std::move(selection);
    state.dry_run = dry_run;
    state.waiting = !view_.complete();
    state.order = std::make_shared<const outbound::operator_order>(std::move(order));
    tasks_.spawn(run(number, std::make_shared<const selector>(std::move(wanted))));
    return number;
}

void order_desk::forget_old() {
    while (orders_.size() > kept) {
        const auto old =
            std::ranges::find_if(orders_, [](const auto& each) { return each.second.over; });
        if (old == orders_.end()) return;
        orders_.erase(old);
    }
}

const order_state* order_desk::find(std::uint64_t number) const {
    const auto found = orders_.find(number);
    return found == orders_.end() ? nullptr : &found->second;
}

bool order_desk::end(std::uint64_t number) {
    const auto found = orders_.find(number);
    if (found == orders_.end() || found->second.over) return false;
    found->second.stopped = true;
    return true;
}

asio::awaitable<void> order_desk::stop() {
    stopping_ = true;
    for (auto& [number, state] : orders_) {
        if (!state.over) state.stopped = true;
    }
    co_await tasks_.join();
}

asio::awaitable<void> order_desk::wait_for_queue(order_state& state) {
    net::timer pause(executor_);
    while (!view_.complete() && !state.stopped) {
        pause.expires_after(reading_pause);
        std::ignore = co_await pause.async_wait(net::as_result);
    }
    state.waiting = false;
}

asio::awaitable<void> order_desk::run(
    std::uint64_t number, std::shared_ptr<const selector> wanted
) {
    net::timer pause(executor_);
    auto& state = orders_.at(number);
    co_await wait_for_queue(state);
    for (int passes = 0; passes < passes_max && !state.stopped; ++passes) {
        if (passes > 0) {
            pause.expires_after(busy_pause);
            std::ignore = co_await pause.async_wait(net::as_result);
        }
        co_await pass(number, wanted);
        const bool again = state.order->action != order_action::retry && !state.dry_run;
        if (state.busy == 0 || !again) break;
    }
    state.over = true;
    if (state.dry_run) co_return;
    log::event(log::level::notice, "admin")
        .with("what", text_of(state.order->action))
        .with("selection", state.selection)
        .with("by", state.order->operator_name)
        .with("because", state.order->reason)
        .with("deliveries", state.done)
        .with("recipients", state.recipients)
        .with("busy", state.busy)
        .with("busy_elsewhere", state.busy_elsewhere)
        .with("stopped", state.stopped);
}

// Once through the queue. What the order has changed does not fit it any more.
asio::awaitable<void> order_desk::pass(
    std::uint64_t number, const std::shared_ptr<const selector>& wanted
) {
    auto& state = orders_.at(number);
    state.busy = state.busy_elsewhere = 0;
    const bool repeats = state.order->action == order_action::retry || state.dry_run;
    if (repeats) state.matched = state.done = 0;
    auto arrivals = co_await view_.watch();
    page found{.entries = {}, .next = list_cursor()};
    while (found.next && !state.stopped) {
        found = co_await view_.list(wanted, *found.next, at_once, false);
        // What fits is not known: it is not done with all.
        if (found.unread) state.stopped = true;
        co_await take(state, std::move(found.entries));
    }
    if (!repeats) found.next = list_cursor();
    while (found.next && !state.stopped) {
        found = co_await view_.list_arrived(wanted, arrivals, state.order->given);
        if (found.unread) state.stopped = true;
        co_await take(state, std::move(found.entries));
    }
}

asio::awaitable<void> order_desk::take(order_state& state, std::vector<listed> found) {
    std::erase_if(found, [&state](const listed& each) {
        return !concerns(*state.order, each.waiting);
    });
    if (state.dry_run) {
        state.matched += found.size();
        for (const auto& each : found)
            state.recipients += each.chosen.size();
        co_return;
    }
    co_await view_.take(found);
    std::vector<outbound::order_part> parts;
    for (auto& each : found) {
        if (!each.is_ours) {
            ++state.busy;
            ++state.busy_elsewhere;
            continue;
        }
        parts.push_back(
            {.item = each.item, .id = each.waiting.id, .recipients = std::move(each.chosen)}
        );
    }
    if (parts.empty()) co_return;
    const auto outcome = co_await view_.carry_out(state.order, std::move(parts));
    state.done += outcome.deliveries;
    state.matched = std::max(state.matched, state.done);
    state.recipients += outcome.recipients;
    state.busy += outcome.busy;
    if (outcome.closed) state.stopped = true;
}

}  // namespace kurir::control
