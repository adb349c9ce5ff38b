// The part of the queue's view that lists it in an order.
#include <algorithm>
#include <memory>
#include <tuple>
#include <utility>

#include "relay/control/queue_view.hpp"
#include "relay/net/ask.hpp"
#include "relay/net/clock.hpp"

namespace kurir::control {

namespace asio = boost::asio;

asio::awaitable<boost::system::error_code> queue_view::offer_all(
    std::shared_ptr<const selector> wanted, list_order order, first_deliveries& kept
) {
    const bool reads = order == list_order::from || wanted->needs_envelope();
    if (!reads) {
        const auto now = net::wall_now();
        auto visit = [&kept, wanted, order, now](const outbound::scheduler& state, slot item) {
            if (wanted->fits(state, item, now)) {
                const auto& all = state.backlog();
                kept.offer(key_in_memory(all, item, order), {.item = item, .id = all.id(item)});
            }
            return true;
        };
        auto question = [this, visit](auto answer) { queue_.browse(0, visit, std::move(answer)); };
        std::ignore = co_await net::ask<outbound::dispatcher::next_slot>(executor_, question);
    }
    queue::backlog one;
    page part{.entries = {}, .next = begin_of_rest(reads)};
    while (part.next) {
        part = co_await list(wanted, *part.next, page_max, reads);
        if (part.unread) co_return part.unread;
        for (auto& each : part.entries) {
            first_deliveries::place place{.item = each.item, .id = each.waiting.id};
            if (!each.is_ours) place.other = each.waiting.entry;
            if (order == list_order::from) {
                const auto* message = each.message.get();
                const std::string sender = message == nullptr ? "" : message->mail.reverse_path;
                kept.offer({.text = sender}, place);
                continue;
            }
            const auto item = one.insert(std::move(each.waiting));
            kept.offer(key_in_memory(one, item, order), place);
            one.erase(item);
        }
    }
    co_return boost::system::error_code();
}

asio::awaitable<std::vector<listed>> queue_view::look_at(std::vector<first_deliveries::place> places
) {
    const auto found = std::make_shared<std::vector<listed>>();
    std::vector<slot> items;
    for (const auto& each : places)
        items.push_back(each.item);
    // The slots come in their order, but for those that are free by now.
    auto visit = [found,
                  places = std::move(places),
                  at = std::size_t{0}](const outbound::scheduler& state, slot item) mutable {
        while (places[at].item != item)
            ++at;
        if (state.backlog().holds(item, places[at].id)) found->push_back(view_of(state, item));
        return true;
    };
    auto question = [this, items = std::move(items), visit = std::move(visit)](auto answer) {
        queue_.look_at(items, visit, std::move(answer));
    };
    std::ignore = co_await net::ask<bool>(executor_, question);
    co_return std::move(*found);
}

// In the order of the places, but for those that are gone by now.
asio::awaitable<std::vector<listed>> queue_view::look_at_all(
    std::vector<first_deliveries::place> places
) {
    std::vector<first_deliveries::place> own;
    std::vector<first_deliveries::place> others;
    for (const auto& each : places)
        (each.other ? others : own).push_back(each);
    if (others.empty()) co_return co_await look_at(std::move(own));
    auto ours = co_await look_at(std::move(own));
    auto theirs = co_await look_at_others(std::move(others));
    std::vector<listed> all;
    auto next_ours = ours.begin();
    auto next_theirs = theirs.begin();
    for (const auto& each : places) {
        if (!each.other) {
            if (next_ours != ours.end() && next_ours->item == each.item)
                all.push_back(std::move(*next_ours++));
        } else if (next_theirs != theirs.end() && next_theirs->waiting.entry == *each.other) {
            all.push_back(std::move(*next_theirs++));
        }
    }
    co_return all;
}

asio::awaitable<page> queue_view::list_sorted(
    std::shared_ptr<const selector> wanted, list_order order, std::size_t limit
) {
    first_deliveries kept(limit);
    page all;
    all.unread = co_await offer_all(wanted, order, kept);
    if (all.unread) co_return all;
    auto places = kept.take();
    for (std::size_t first = 0; first < places.size(); first += looked_at_once) {
        const auto count = std::min(looked_at_once, places.size() - first);
        const auto begin = places.begin() + static_cast<std::ptrdiff_t>(first);
        const auto some = std::ranges::subrange(begin, begin + static_cast<std::ptrdiff_t>(count));
        auto entries = co_await look_at_all({some.begin(), some.end()});
        all.unread = co_await read_envelopes(entries);
        if (all.unread) co_return all;
        for (auto& each : entries) {
            if (choose(each, *wanted)) all.entries.push_back(std::move(each));
        }
    }
    co_return all;
}

}  // namespace kurir::control
