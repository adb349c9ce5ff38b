#include "relay/app/handover_batch.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <utility>
#include <variant>

#include "queue/failpoint.hpp"
#include "relay/control/queue_json.hpp"
#include "relay/log/failure.hpp"
#include "relay/log/log.hpp"
#include "relay/net/ask.hpp"
#include "relay/net/clock.hpp"
#include "relay/net/task_group.hpp"
#include "relay/storage/awaited.hpp"

namespace kurir::app {

namespace asio = boost::asio;
using outbound::order_action;
using outbound::order_part;

namespace {

constexpr std::size_t parts_at_once = 256;
constexpr int offers_max = 3;  // of a message that the other relay has forgotten meanwhile

outbound::operator_order order_of(
    order_action action, const std::optional<queue::operator_hold>& hold, std::string reason = {}
) {
    outbound::operator_order made{
        .action = action,
        .operator_name = hold ? hold->operator_name : std::string(handover_operator),
        .reason = hold ? hold->reason : std::move(reason),
        .keeps_due = true,
        .given = net::wall_now(),
        .since = net::calendar_now(),
    };
    if (hold) made.since = hold->since;
    return made;
}

order_part part_of(const control::listed& entry) {
    return {.item = entry.item, .id = entry.waiting.id, .recipients = entry.waiting.recipients};
}

std::optional<handover_mark> mark_of(const control::listed& entry) {
    const auto& hold = entry.waiting.terms->hold;
    return hold ? mark_in(*hold) : std::nullopt;
}

}  // namespace

asio::awaitable<void> handover_batch::hand_over(std::vector<queue::message_id> ids) {
    auto messages = co_await read(ids);
    if (!messages) co_return;
    std::set<queue::message_id> in_doubt;
    for (auto& message : *messages) {
        // What was handed over to another relay is not for this one.
        std::erase_if(message.deliveries, [this](const auto& each) {
            const auto mark = mark_of(each);
            return mark && mark->peer != tools_.peer;
        });
        if (std::ranges::any_of(message.deliveries, [](const auto& each) {
                return mark_of(each).has_value();
            })) {
            in_doubt.insert(message.id);
        }
    }
    co_await mark(*messages);
    queue::failpoint("mark_written");
    // What is being tried could not be marked, and stays.
    messages = co_await read(ids);
    if (!messages) co_return;
    for (auto& message : *messages) {
        std::erase_if(message.deliveries, [this](const auto& each) {
            const auto mark = mark_of(each);
            return !mark || mark->peer != tools_.peer;
        });
        message.in_doubt = in_doubt.contains(message.id);
        if (!message.deliveries.empty()) line_.push_back(std::move(message));
    }
    net::task_group workers(tools_.home, log::internal_error("handover"));
    for (auto& each : tools_.callers)
        workers.spawn(work(*each));
    co_await workers.join();
    std::ranges::copy_if(line_, std::back_inserter(left_), [](const auto& each) {
        return !each.in_doubt;
    });
    co_await release(left_);
}

// Nothing, and an obstacle, if they can't be read.
asio::awaitable<std::optional<handover_batch::found>> handover_batch::read(
    const std::vector<queue::message_id>& ids
) {
    std::string words;
    for (const auto id : ids)
        words += (words.empty() ? "" : ",") + id.text();
    auto wanted = std::get<control::selector>(control::selector::read({{"id", words}}));
    auto entries =
        co_await tools_.view.deliveries(std::make_shared<const control::selector>(std::move(wanted))
        );
    if (!entries) {
        account_.obstacle = "the queue can't be read: " + entries.error().message();
        co_return std::nullopt;
    }
    std::map<queue::message_id, leaving> by_id;
    for (auto& each : *entries) {
        if (each.message == nullptr || each.chosen.empty()) continue;
        auto& message = by_id[each.waiting.id];
        message.id = each.waiting.id;
        message.deliveries.push_back(std::move(each));
    }
    found all;
    for (auto& [id, message] : by_id)
        all.push_back(std::move(message));
    co_return all;
}

asio::awaitable<void> handover_batch::mark(const found& messages) {
    std::vector<order_part> free;
    const auto since = net::calendar_now();
    const handover_mark usual{.peer = tools_.peer, .hostname = tools_.hostname};
    const auto hold = hold_of(usual, since);
    for (const auto& message : messages) {
        for (const auto& each : message.deliveries) {
            if (mark_of(each)) continue;
            const auto& before = each.waiting.terms->hold;
            // `kurir queue move` may have given it to another relay already.
            if (before && may_be_elsewhere(*before, tools_.peer)) continue;
            if (!before) {
                free.push_back(part_of(each));
                continue;
            }
            auto mark = usual;
            mark.before = *before;
            const auto held = hold_of(mark, since);
            if (held) co_await carry_out(order_of(order_action::hold, held), {part_of(each)});
        }
    }
    if (hold) {
        co_await carry_out(order_of(order_action::hold, hold), std::move(free));
    } else {
        account_.obstacle = "the names of the relays are too long";
    }
}

asio::awaitable<void> handover_batch::work(message_handover& caller) {
    while (!line_.empty() && goes_on()) {
        auto next = std::move(line_.front());
        line_.pop_front();
        co_await offer(caller, std::move(next));
    }
}

asio::awaitable<void> handover_batch::offer(message_handover& caller, leaving message) {
    using end_of = handover_verdict::end_of;
    const auto mark = *mark_of(message.deliveries.front());
    auto outcome = co_await call(caller, message, mark);
    bool may_be_there = outcome.may_be_there;
    for (int again = 1; again < offers_max && outcome.kind == handover_outcome::kind_of::forgotten;
         ++again) {
        outcome = co_await call(caller, message, mark);
        may_be_there = may_be_there || outcome.may_be_there;
    }
    const auto verdict = verdict_on(outcome, message.in_doubt || may_be_there);
    if (verdict.stops && account_.obstacle.empty()) {
        const bool is_own = outcome.kind == handover_outcome::kind_of::own;
        account_.obstacle = is_own ? "it is this relay itself" : outcome.text;
    }
    if (verdict.end == end_of::removed) {
        queue::failpoint("peer_has_message");
        co_await remove(message, outcome.text);
        co_return;
    }
    if (!verdict.stops) {
        ++account_.refused;
        log::event(log::level::warning, "handover")
            .with("what", "refused")
            .with("queue_id", message.id.text())
            .with("peer", tools_.peer)
            .with("because", outcome.text);
    }
    if (verdict.end == end_of::released) left_.push_back(std::move(message));
}

asio::awaitable<handover_outcome> handover_batch::call(
    message_handover& caller, const leaving& message, const handover_mark& marked
) {
    // As it was before it was marked.
    auto entries = message.deliveries;
    for (auto& each : entries) {
        auto terms = *each.waiting.terms;
        terms.hold = mark_of(each)->before;
        each.waiting.terms = std::move(terms);
    }
    const auto envelope = envelope_text(entries, marked.hostname, control::read_clocks());
    if (!envelope) {
        co_return handover_outcome{
            .kind = handover_outcome::kind_of::cut, .text = envelope.error()
        };
    }
    const auto stored = entries.front().message;
    auto read = [&store = tools_.store, stored](std::uint32_t index) {
        return storage::awaited_chunk(store, *stored, index);
    };
    co_return co_await net::ask<handover_outcome>(
        tools_.threads,
        [&caller, &envelope, stored, read](net::answer_function<handover_outcome> answer) {
            answer(without_exceptions([&] {
                return caller.hand_over(
                    *envelope, content_of_chunks(stored->mail.size, stored->mail.chunks, read)
                );
            }));
        }
    );
}

asio::awaitable<void> handover_batch::remove(const leaving& message, const std::string& there) {
    std::vector<order_part> parts;
    for (const auto& each : message.deliveries)
        parts.push_back(part_of(each));
    const auto count = parts.size();
    auto order = order_of(
        order_action::remove,
        std::nullopt,
        "handed over to " + tools_.peer + ", where it is " + there
    );
    if (co_await carry_out(std::move(order), std::move(parts)) == count) ++account_.moved;
}

asio::awaitable<void> handover_batch::release(const found& messages) {
    std::vector<order_part> free;
    for (const auto& message : messages) {
        for (const auto& each : message.deliveries) {
            const auto before = mark_of(each)->before;
            if (before) {
                co_await carry_out(order_of(order_action::hold, before), {part_of(each)});
            } else {
                free.push_back(part_of(each));
            }
        }
    }
    co_await carry_out(
        order_of(order_action::release, std::nullopt, "not handed over"), std::move(free)
    );
}

// On how many it was.
asio::awaitable<std::size_t> handover_batch::carry_out(
    outbound::operator_order order, std::vector<order_part> parts
) {
    const auto shared = std::make_shared<const outbound::operator_order>(std::move(order));
    std::size_t done = 0;
    for (std::size_t at = 0; at < parts.size(); at += parts_at_once) {
        const auto end = std::min(parts.size(), at + parts_at_once);
        std::vector<order_part> some(
            std::make_move_iterator(parts.begin() + static_cast<std::ptrdiff_t>(at)),
            std::make_move_iterator(parts.begin() + static_cast<std::ptrdiff_t>(end))
        );
        const auto outcome = co_await tools_.view.carry_out(shared, std::move(some));
        done += outcome.deliveries;
        if (outcome.closed) account_.obstacle = "the queue takes no more";
    }
    co_return done;
}

}  // namespace kurir::app
