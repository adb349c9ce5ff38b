#include "relay/app/queue_handover.hpp"

#include <boost/asio/thread_pool.hpp>

#include <algorithm>
#include <memory>
#include <optional>
#include <set>
#include <tuple>
#include <utility>
#include <variant>

#include "relay/admin/client.hpp"
#include "relay/app/this_node.hpp"
#include "relay/log/failure.hpp"
#include "relay/log/log.hpp"
#include "relay/net/error.hpp"

namespace kurir::app {

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t handed_over_side_by_side = 4;
constexpr std::size_t handed_over_at_once = 64;
// The first message shows whether the other relay takes any.
constexpr std::size_t handed_over_first = 1;
constexpr std::chrono::nanoseconds request_patience = 10s;
constexpr auto handover_line_interval = 10s;
constexpr std::chrono::milliseconds reading_pause = 100ms;
constexpr std::chrono::milliseconds settling_pause_min = 2s;
constexpr std::chrono::milliseconds settling_pause_max = 5min;

// Why this relay does not hand over; empty: it does.
std::string refusal_of(const config::config& config) {
    if (config.capture) return "KURIR_CAPTURE keeps all mail here";
    if (config.handover.base.empty()) return "KURIR_HANDOVER is not set";
    // The pods of a StatefulSet have the same settings.
    if (names_relay(peer_of(config.handover.base), names_of(config))) {
        return "KURIR_HANDOVER names this relay";
    }
    return {};
}

}  // namespace

queue_handover::queue_handover(
    asio::any_io_executor executor,
    control::queue_view& view,
    queue::store& store,
    const config::live_config& config,
    metrics::operators& counts
)
    : executor_(executor),
      view_(view),
      store_(store),
      config_(config),
      counts_(counts),
      tasks_(executor, log::internal_error("handover")),
      wake_(executor) {}

void queue_handover::start() {
    tasks_.spawn(settle_marked());
}

asio::awaitable<void> queue_handover::stop() {
    stopping_ = true;
    wake_.cancel();
    co_await tasks_.join();
    stopping_ = false;
}

asio::awaitable<void> queue_handover::empty(net::clock::time_point deadline) {
    const auto config = config_.get();
    if (config->handover.base.empty()) co_return;
    deadline_ = deadline;
    const auto peer = peer_of(config->handover.base);
    handover_account account{.obstacle = refusal_of(*config)};
    const auto ids = co_await find(false);
    log::event(log::level::notice, "handover")
        .with("what", "begun")
        .with("peer", peer)
        .with("messages", ids.size());
    if (account.obstacle.empty()) co_await hand_over(ids, account);
    const auto left = (co_await find(false)).size();
    if (account.obstacle.empty() && left > account.refused) {
        account.obstacle = net::clock::now() >= deadline ? "KURIR_SHUTDOWN_GRACE is over"
                                                         : "some were being tried";
    }
    log::event(left == 0 ? log::level::notice : log::level::warning, "handover")
        .with("what", "ended")
        .with("peer", peer)
        .with("moved", account.moved)
        .with("left", left)
        .with("because", account.obstacle);
}

std::string queue_handover::trouble() const {
    const std::lock_guard held(mutex_);
    return trouble_;
}

asio::awaitable<void> queue_handover::settle_marked() {
    while (!view_.complete() && !stopping_)
        co_await pause(reading_pause);
    for (auto wait = settling_pause_min; !stopping_;
         wait = std::min(2 * wait, settling_pause_max)) {
        auto ids = co_await find(true);
        const auto before = ids.size();
        handover_account account{.obstacle = refusal_of(*config_.get())};
        if (before > 0 && account.obstacle.empty()) {
            co_await hand_over(ids, account);
            ids = co_await find(true);
        }
        if (stopping_) co_return;
        if (before > ids.size()) {
            log::event(log::level::notice, "handover")
                .with("what", "settled")
                .with("moved", account.moved)
                .with(
                    "released", before - ids.size() - std::min(before - ids.size(), account.moved)
                );
        }
        tell_marked(ids.size(), account.obstacle);
        if (ids.empty()) co_return;
        co_await pause(wait);
    }
}

// Each message once.
asio::awaitable<std::vector<queue::message_id>> queue_handover::find(bool only_marked) {
    auto wanted = control::selector::everything();
    if (only_marked) {
        wanted = std::make_shared<const control::selector>(
            std::get<control::selector>(control::selector::read({{"state", "held"}}))
        );
    }
    std::set<queue::message_id> ids;
    control::page part{.entries = {}, .next = control::list_cursor()};
    while (part.next) {
        part = co_await view_.list(wanted, *part.next, control::queue_view::page_max, false);
        for (const auto& each : part.entries) {
            const auto& hold = each.waiting.terms->hold;
            if (!only_marked || (hold && mark_in(*hold))) ids.insert(each.waiting.id);
        }
    }
    co_return std::vector<queue::message_id>(ids.begin(), ids.end());
}

asio::awaitable<void> queue_handover::hand_over(
    const std::vector<queue::message_id>& ids, handover_account& account
) {
    const auto config = config_.get();
    asio::thread_pool threads(handed_over_side_by_side);
    handover_batch::tools tools{
        .view = view_,
        .store = store_,
        .home = executor_,
        .threads = threads.get_executor(),
        .callers = callers(*config),
        .peer = peer_of(config->handover.base),
        .hostname = config->hostname,
        .is_over = [this] { return is_over(); },
    };
    auto next_line = net::clock::now() + handover_line_interval;
    auto count = handed_over_first;
    for (std::size_t at = 0; at < ids.size() && account.obstacle.empty() && !is_over();) {
        const auto begin = ids.begin() + static_cast<std::ptrdiff_t>(at);
        const auto size = std::min(count, ids.size() - at);
        std::vector<queue::message_id> some(begin, begin + static_cast<std::ptrdiff_t>(size));
        const auto before = account.moved;
        co_await handover_batch(tools, account).hand_over(std::move(some));
        counts_.handed_over_messages_total.inc(static_cast<double>(account.moved - before));
        at += size;
        count = handed_over_at_once;
        if (net::clock::now() < next_line) continue;
        next_line = net::clock::now() + handover_line_interval;
        log::event(log::level::notice, "handover")
            .with("what", "going_on")
            .with("peer", tools.peer)
            .with("moved", account.moved)
            .with("left", ids.size() - at);
    }
    threads.join();  // nothing runs there any more
}

asio::awaitable<void> queue_handover::pause(std::chrono::milliseconds time) {
    if (stopping_) co_return;
    wake_.expires_after(time);
    std::ignore = co_await wake_.async_wait(net::as_result);
}

std::vector<std::unique_ptr<message_handover>> queue_handover::callers(const config::config& config
) const {
    const admin::address relay{
        .url = config.handover.base, .token = config.handover.token, .ca_file = config.admin_ca
    };
    const auto time_left = [this]() -> std::chrono::nanoseconds {
        const auto now = net::clock::now();
        return std::clamp<std::chrono::nanoseconds>(deadline_ - now, 0ns, request_patience);
    };
    std::vector<std::unique_ptr<message_handover>> all;
    for (std::size_t at = 0; at < handed_over_side_by_side; ++at) {
        auto client = std::make_shared<admin::client>(relay, time_left);
        all.push_back(std::make_unique<message_handover>(
            [client](std::string_view method, const std::string& target, const std::string& body) {
                return client->ask(method, target, body);
            },
            [this] { return is_over(); }
        ));
    }
    return all;
}

// Once in the log for each reason.
void queue_handover::tell_marked(std::size_t left, const std::string& why) {
    counts_.handover_marked_messages.set(static_cast<double>(left));
    std::string text;
    if (left > 0) {
        text = std::to_string(left) + " messages may be at another relay, and are held: " +
               (why.empty() ? "it does not say that it has not got them" : why);
    }
    {
        const std::lock_guard held(mutex_);
        if (std::exchange(trouble_, text) == text) return;
    }
    if (left == 0) return;
    log::event(log::level::warning, "handover")
        .with("what", "unsettled")
        .with("left", left)
        .with("because", why)
        .with(
            "advice",
            "KURIR_HANDOVER must name the relay that they were handed over to, and it must answer; "
            "to take them back, make sure that it has not got them, then: kurir queue release "
            "--reason 'handed over to'"
        );
}

}  // namespace kurir::app
