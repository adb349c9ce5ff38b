#include "relay/outbound/claim_keeper.hpp"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <span>
#include <tuple>
#include <utility>

#include "relay/log/log.hpp"
#include "relay/net/error.hpp"
#include "relay/outbound/draw.hpp"

namespace kurir::outbound {

namespace asio = boost::asio;

namespace {

using backlog_slot = queue::backlog::slot;
using claim_list = std::vector<queue::claimed>;

bool is_tried(const queue::backlog& backlog, backlog_slot item) {
    return backlog.state_of(item) == queue::backlog::state::active;
}

// One that was put back is there twice until the attempt that did so has ended.
claim_list claims_of(const queue::backlog& backlog) {
    claim_list held;
    held.reserve(backlog.size());
    backlog.each([&](backlog_slot item) { held.push_back(claim_at(backlog, item)); });
    const auto name = [](const queue::claimed& each) {
        return std::tie(each.id, each.entry, each.fence);
    };
    std::ranges::sort(held, {}, name);
    const auto twins = std::ranges::unique(held);
    held.erase(twins.begin(), twins.end());
    return held;
}

queue::removal removal_of(const queue::claimed& gone) {
    return {.id = gone.id, .entry = gone.entry};
}

}  // namespace

claim_keeper::claim_keeper(
    asio::any_io_executor home, const bookkeeping& books, scheduler& state, std::size_t room
)
    : home_(home),
      books_(books),
      guard_(*books.claims),
      scheduler_(state),
      plan_(guard_.lease(), room, net::clock::now()),
      wake_(home) {}

asio::awaitable<void> claim_keeper::run() {
    while (!ended_) {
        const auto now = net::clock::now();
        if (plan_.is_renewal_due(now)) {
            co_await renew();
        } else if (!stopping_ && plan_.is_claim_due(now)) {
            co_await claim();
        } else {
            const auto renewal = plan_.next_renewal();
            wake_.expires_at(stopping_ ? renewal : std::min(renewal, plan_.next_claim()));
            std::ignore = co_await wake_.async_wait(net::as_result);
        }
    }
}

void claim_keeper::stop() {
    stopping_ = true;
    const auto& backlog = scheduler_.backlog();
    std::vector<queue::claimed> untried;
    backlog.each([&](backlog_slot item) {
        if (!is_tried(backlog, item)) untried.push_back(claim_at(backlog, item));
    });
    std::vector<queue::removal> gone;
    std::ranges::transform(untried, std::back_inserter(gone), removal_of);
    scheduler_.removed(std::move(gone));
    books_.store.release(std::move(untried));
    wake_.cancel();
}

void claim_keeper::end() {
    ended_ = true;
    wake_.cancel();
}

// Some thousands at a time, so that each statement ends within the store's patience. The guard is
// told only when all are renewed.
asio::awaitable<void> claim_keeper::renew() {
    const auto began = net::clock::now();
    const auto held = claims_of(scheduler_.backlog());
    claim_list lost;
    bool renewed = false;
    std::size_t asked = 0;
    do {  // once if nothing is held: the answer says that there is a database
        const auto piece =
            std::span(held).subspan(asked).first(std::min(renewal_max, held.size() - asked));
        const auto gone =
            co_await storage::completed<claim_list>([&](queue::completion<claim_list> done) {
                books_.store.renew({piece.begin(), piece.end()}, home_, std::move(done));
            });
        renewed = gone.has_value();
        if (renewed) lost.insert(lost.end(), gone->begin(), gone->end());
        asked += piece.size();
    } while (renewed && asked < held.size());
    plan_.renewal_ended(began, renewed, net::clock::now());
    if (renewed) forget(lost, began);
}

// Another relay has them. What has ended since the renewal was asked for is none of them.
void claim_keeper::forget(const std::vector<queue::claimed>& lost, net::clock::time_point began) {
    const auto& backlog = scheduler_.backlog();
    std::vector<queue::removal> gone;
    std::vector<queue::claimed> tried;
    for (const auto& each : lost) {
        backlog.each_of(each.id, [&](backlog_slot item) {
            if (claim_at(backlog, item) != each) return;
            if (is_tried(backlog, item)) {
                tried.push_back(each);
            } else {
                gone.push_back(removal_of(each));
            }
        });
    }
    guard_.renewed(began, std::move(tried));
    if (gone.empty()) return;
    books_.queue_metrics.queue_claims_expired_total.inc(static_cast<double>(gone.size()));
    log::event(log::level::warning, "claims_expired")
        .with("deliveries", gone.size())
        .with(
            "advice",
            "another relay has taken this mail over: this one was stopped, or had no database, for "
            "longer than KURIR_DATABASE_LEASE"
        );
    scheduler_.removed(std::move(gone));
}

// Nothing while nothing is tried, or while our own claims may be over: the store would hand them
// out again, to us.
asio::awaitable<void> claim_keeper::claim() {
    const auto& backlog = scheduler_.backlog();
    queue::claim_order wanted;
    const bool wants_any = scheduler_.is_open() && guard_.has_room(net::clock::now());
    if (wants_any) wanted = plan_.order_beside(backlog);
    const auto asked = wanted;
    queue::result<std::size_t> got = std::size_t(0);
    if (asked.room > 0) {
        auto elsewhere = scheduler_.left_to_others(instant_now());
        std::ranges::move(elsewhere, std::back_inserter(wanted.left_out));
        got = co_await storage::completed<std::size_t>([&](queue::completion<std::size_t> done) {
            books_.store.claim(std::move(wanted), home_, std::move(done));
        });
    }
    plan_.claim_ended(asked, got, draw(), net::clock::now());
}

}  // namespace kurir::outbound
