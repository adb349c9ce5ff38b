// The part of the dispatcher that shows operators the queue, and carries out their orders.
#include <boost/asio/post.hpp>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <tuple>
#include <utility>

#include "relay/log/log.hpp"
#include "relay/net/clock.hpp"
#include "relay/net/error.hpp"
#include "relay/outbound/dispatcher.hpp"

namespace kurir::outbound {

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {

// How long is looked before other work goes on, and how often the clock is read meanwhile.
constexpr auto slice = 500us;
constexpr queue::backlog::slot slots_between_looks = 64;

constexpr std::size_t arrivals_at_once = 256;

bool is_listed(const queue::backlog& all, queue::backlog::slot item) {
    return item < all.end() && all.is_taken(item) && !all.has_successor(item);
}

}  // namespace

void dispatcher::browse(
    queue::backlog::slot first, visitor visit, net::answer_function<next_slot> answer
) {
    asio::post(
        home_,
        [this, first, visit = std::move(visit), answer = std::move(answer)]() mutable {
            browse_slice(first, std::move(visit), std::move(answer));
        }
    );
}

void dispatcher::browse_slice(
    queue::backlog::slot first, visitor visit, net::answer_function<next_slot> answer
) {
    const auto& all = scheduler_.backlog();
    const auto stop = net::clock::now() + slice;
    auto at = first;
    for (; at < all.end(); ++at) {
        if (at % slots_between_looks == 0 && at > first && net::clock::now() >= stop) break;
        if (!is_listed(all, at) || visit(scheduler_, at)) continue;
        answer(at + 1);
        return;
    }
    if (at >= all.end()) {
        answer(std::nullopt);
        return;
    }
    browse(at, std::move(visit), std::move(answer));
}

void dispatcher::look_at(
    std::vector<queue::backlog::slot> items, visitor visit, net::answer_function<bool> answer
) {
    asio::post(
        home_,
        [this, items = std::move(items), visit = std::move(visit), answer = std::move(answer)] {
            const auto& all = scheduler_.backlog();
            for (const auto item : items) {
                if (is_listed(all, item)) visit(scheduler_, item);
            }
            answer(true);
        }
    );
}

void dispatcher::watch_arrivals(net::answer_function<std::size_t> answer) {
    asio::post(home_, [this, answer = std::move(answer)] {
        answer(scheduler_.arrivals().begin());
    });
}

void dispatcher::arrivals_since(
    std::size_t mark, visitor visit, net::answer_function<std::size_t> answer
) {
    asio::post(home_, [this, mark, visit = std::move(visit), answer = std::move(answer)] {
        const auto& all = scheduler_.backlog();
        const auto items = scheduler_.arrivals().since(mark, arrivals_at_once);
        for (const auto item : items) {
            if (is_listed(all, item)) visit(scheduler_, item);
        }
        answer(mark + items.size());
    });
}

void dispatcher::end_watch() {
    asio::post(home_, [this] { scheduler_.arrivals().end(); });
}

void dispatcher::consult(
    std::function<void(const scheduler& state)> ask, net::answer_function<bool> answer
) {
    asio::post(home_, [this, ask = std::move(ask), answer = std::move(answer)] {
        ask(scheduler_);
        answer(true);
    });
}

void dispatcher::find_slots(
    std::vector<queue::message_id> ids,
    net::answer_function<std::vector<queue::backlog::slot>> answer
) {
    asio::post(home_, [this, ids = std::move(ids), answer = std::move(answer)] {
        const auto& all = scheduler_.backlog();
        std::vector<queue::backlog::slot> found;
        for (const auto id : ids) {
            all.each_of(id, [&](auto item) {
                if (is_listed(all, item)) found.push_back(item);
            });
        }
        std::ranges::sort(found);
        answer(std::move(found));
    });
}

void dispatcher::set_suspensions(std::shared_ptr<const operator_suspensions> all) {
    asio::post(home_, [this, all = std::move(all)] {
        scheduler_.set_suspensions(all, instant_now());
        wake_if_sooner();
    });
}

void dispatcher::set_aside(job untried, std::uint64_t suspension) {
    asio::post(home_, [this, suspension, untried = std::move(untried)]() mutable {
        scheduler_.set_aside(std::move(untried), suspension, instant_now());
        wake_if_sooner();
    });
}

void dispatcher::view_destinations(
    std::string first, std::size_t limit, net::answer_function<std::vector<destination_view>> answer
) {
    asio::post(home_, [this, limit, first = std::move(first), answer = std::move(answer)] {
        answer(scheduler_.view_destinations(first, limit, instant_now()));
    });
}

// An order while it is carried out.
struct dispatcher::order_run {
    order_run(
        std::shared_ptr<const operator_order> given,
        std::vector<order_part> meant,
        net::answer_function<order_outcome> answer_to,
        const asio::any_io_executor& executor
    )
        : order(std::move(given)),
          parts(std::move(meant)),
          answer(std::move(answer_to)),
          home(executor),
          all_done(executor, net::clock::time_point::max()) {}

    std::shared_ptr<const operator_order> order;
    std::vector<order_part> parts;
    net::answer_function<order_outcome> answer;
    storage::home home;
    net::timer all_done;  // never expires; cancelled by the last that is done
    std::size_t left = 0;
    order_outcome outcome = {};
};

void dispatcher::carry_out(
    std::shared_ptr<const operator_order> order,
    std::vector<order_part> parts,
    net::answer_function<order_outcome> answer
) {
    asio::post(
        home_,
        [this, order = std::move(order), parts = std::move(parts), answer = std::move(answer)]() {
            tasks_.spawn(execute(std::make_shared<order_run>(order, parts, answer, home_)));
        }
    );
}

asio::awaitable<void> dispatcher::execute(std::shared_ptr<order_run> run) {
    std::vector<scheduler::place> places;
    places.reserve(run->parts.size());
    for (const auto& each : run->parts)
        places.push_back({.item = each.item, .id = each.id});
    if (run->order->action == order_action::retry) {
        run->outcome.deliveries = scheduler_.hasten(places, instant_now());
        run->outcome.busy = places.size() - run->outcome.deliveries;
        wake_if_sooner();
        run->answer(run->outcome);
        co_return;
    }
    auto taken = scheduler_.withdraw(places);
    run->outcome.busy = places.size() - taken.size();
    queue::stored_envelopes messages(taken.size());
    // A bounce reads each message with its body.
    if (run->order->action != order_action::bounce) {
        std::vector<queue::message_id> ids;
        for (const auto& each : taken)
            ids.push_back(each.waiting.id);
        auto stored = co_await storage::completed<queue::stored_envelopes>(
            [&](queue::completion<queue::stored_envelopes> done) {
                books_.store.read_envelopes(std::move(ids), run->home, std::move(done));
            }
        );
        if (stored) messages = std::move(*stored);
    }
    run->left = taken.size() + 1;
    for (std::size_t at = 0; at < taken.size(); ++at)
        tasks_.spawn(settle_order(run, std::move(taken[at]), std::move(messages[at])));
    --run->left;
    while (run->left > 0)
        std::ignore = co_await run->all_done.async_wait(net::as_result);
    run->answer(run->outcome);
}

asio::awaitable<void> dispatcher::settle_order(
    std::shared_ptr<order_run> run,
    scheduler::withdrawn taken,
    std::shared_ptr<const queue::stored_message> message
) {
    auto part = *std::ranges::find(run->parts, taken.item, &order_part::item);
    if (part.recipients.empty()) part.recipients = taken.waiting.recipients;
    // An attempt may have ended since, and what is left of it, or another part of the message, may
    // be in its place.
    std::vector<std::uint32_t> meant;
    std::ranges::set_intersection(
        part.recipients, taken.waiting.recipients, std::back_inserter(meant)
    );
    part.recipients = std::move(meant);
    if (part.recipients.empty()) {
        put_back_at_once({std::move(taken.waiting)});
        scheduler_.concluded(taken.item);
        ++run->outcome.busy;
        if (--run->left == 0) run->all_done.cancel();
        co_return;
    }
    const bool is_readable = message != nullptr || run->order->action == order_action::bounce;
    auto result = settle_result::closed;
    if (is_readable) {
        result = co_await settle_as_ordered(*run->order, part, taken.waiting, std::move(message));
    }
    if (result == settle_result::done) {
        ++run->outcome.deliveries;
        run->outcome.recipients += part.recipients.size();
    } else {
        run->outcome.closed = run->outcome.closed || is_readable;
        // It may be gone, and then its attempt finds that out.
        if (result == settle_result::closed) put_back_at_once({std::move(taken.waiting)});
    }
    scheduler_.concluded(taken.item);
    if (--run->left == 0) run->all_done.cancel();
}

asio::awaitable<settle_result> dispatcher::settle_as_ordered(
    const operator_order& order,
    const order_part& part,
    queue::delivery waiting,
    std::shared_ptr<const queue::stored_message> message
) {
    storage::home home(home_);
    if (order.action == order_action::bounce) {
        co_return co_await settle_untried(
            books_,
            home,
            config_.get(),
            waiting,
            bounce_verdicts(order, waiting, part.recipients),
            gather_later()
        );
    }
    auto end = settlement_of(order, waiting, part.recipients, *message, net::wall_now());
    const auto written = co_await storage::completed<void>([&](queue::completion<void> done) {
        books_.store.settle(std::move(end), home, std::move(done));
    });
    if (!written) {
        const bool lost = written.error() == queue::errc::lost;
        co_return lost ? settle_result::lost : settle_result::closed;
    }
    if (order.action == order_action::remove) {
        for (const auto recipient : part.recipients) {
            if (recipient >= message->mail.recipients.size()) continue;
            log::event(log::level::notice, "removed")
                .with("queue_id", waiting.id.text())
                .with("from", message->mail.reverse_path)
                .with("to", message->mail.recipients.at(recipient).address)
                .with("domain", waiting.domain)
                .with("by", order.operator_name)
                .with("because", order.reason);
        }
    }
    co_return settle_result::done;
}

}  // namespace kurir::outbound
