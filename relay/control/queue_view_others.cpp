// The part of the queue's view that has what this node has not claimed, if nodes share the queue.
#include <algorithm>
#include <map>
#include <memory>
#include <tuple>
#include <utility>

#include "relay/control/other_mail.hpp"
#include "relay/control/queue_view.hpp"
#include "relay/net/ask.hpp"
#include "relay/net/clock.hpp"

namespace kurir::control {

namespace asio = boost::asio;
using queue::entry_name;
using queue::other_entries;
using queue::other_entry;

asio::awaitable<queue::result<other_entries>> queue_view::read_others(entry_name first) {
    co_return co_await storage::completed<other_entries>([&](queue::completion<other_entries> done
                                                         ) {
        shared_->browse(first, read_at_once, home_, std::move(done));
    });
}

asio::awaitable<queue::result<std::vector<other_entry>>> queue_view::find_others(
    std::vector<queue::message_id> ids
) {
    using entries = std::vector<other_entry>;
    co_return co_await storage::completed<entries>([&](queue::completion<entries> done) {
        shared_->find(std::move(ids), home_, std::move(done));
    });
}

asio::awaitable<std::vector<listed>> queue_view::fit_others(
    std::shared_ptr<const selector> wanted, std::vector<other_entry> entries
) {
    const auto found = std::make_shared<std::vector<listed>>();
    auto ask = [found, wanted, entries = std::move(entries)](const outbound::scheduler& state) {
        *found = fitting_others(entries, *wanted, state, outbound::instant_now());
    };
    auto question = [this, ask = std::move(ask)](auto answer) {
        queue_.consult(ask, std::move(answer));
    };
    std::ignore = co_await net::ask<bool>(executor_, question);
    co_return std::move(*found);
}

asio::awaitable<page> queue_view::collect_others(
    std::shared_ptr<const selector> wanted, entry_name first, std::size_t limit
) {
    page made;
    if (shared_ == nullptr) co_return made;
    other_entries part;
    boost::system::error_code unread;
    if (wanted->ids().empty()) {
        auto read = co_await read_others(first);
        if (read) part = std::move(*read);
        unread = read ? boost::system::error_code() : read.error();
    } else {
        auto read = co_await find_others(wanted->ids());
        if (read) part.found = std::move(*read);
        unread = read ? boost::system::error_code() : read.error();
        std::erase_if(part.found, [&](const other_entry& each) {
            return entry_name{each.waiting.id, each.waiting.entry} < first;
        });
    }
    if (unread) co_return page{.unread = unread, .partial = true};
    made.entries = co_await fit_others(wanted, std::move(part.found));
    if (part.next) made.next = list_cursor{.other = part.next};
    if (made.entries.size() > limit) {
        made.next = place_of(made.entries[limit]);
        made.entries.resize(limit);
    }
    co_return made;
}

// In the order of the places, but for those that this node has claimed meanwhile, or that are gone.
asio::awaitable<std::vector<listed>> queue_view::look_at_others(
    std::vector<first_deliveries::place> places
) {
    std::vector<queue::message_id> ids;
    for (const auto& each : places)
        ids.push_back(each.id);
    auto read = co_await find_others(std::move(ids));
    if (!read) co_return std::vector<listed>();
    std::map<entry_name, listed> known;
    for (auto& each : co_await fit_others(selector::everything(), std::move(*read))) {
        const entry_name name{each.waiting.id, each.waiting.entry};
        known.emplace(name, std::move(each));
    }
    std::vector<listed> found;
    for (const auto& each : places) {
        if (auto one = known.extract({each.id, *each.other})) {
            found.push_back(std::move(one.mapped()));
        }
    }
    co_return found;
}

asio::awaitable<queue::result<std::vector<queue::node>>> queue_view::nodes() {
    using all_nodes = std::vector<queue::node>;
    if (shared_ == nullptr) co_return all_nodes();
    co_return co_await storage::completed<all_nodes>([&](queue::completion<all_nodes> done) {
        shared_->nodes(home_, std::move(done));
    });
}

asio::awaitable<std::size_t> queue_view::count_own() {
    const auto count = std::make_shared<std::size_t>(0);
    auto ask = [count](const outbound::scheduler& state) { *count = state.backlog().size(); };
    auto question = [this, ask](auto answer) { queue_.consult(ask, std::move(answer)); };
    std::ignore = co_await net::ask<bool>(executor_, question);
    co_return *count;
}

asio::awaitable<void> queue_view::take(std::vector<listed>& entries) {
    std::vector<entry_name> names;
    std::vector<queue::message_id> ids;
    for (const auto& each : entries) {
        if (each.is_ours || !each.holder.empty()) continue;
        names.push_back({each.waiting.id, each.waiting.entry});
        ids.push_back(each.waiting.id);
    }
    if (names.empty()) co_return;
    const auto taken =
        co_await storage::completed<std::size_t>([&](queue::completion<std::size_t> done) {
            shared_->take(std::move(names), home_, std::move(done));
        });
    if (!taken || *taken == 0) co_return;
    // They have reached the dispatcher: they were announced before.
    const auto slots = std::make_shared<std::map<entry_name, slot>>();
    auto ask = [slots, ids = std::move(ids)](const outbound::scheduler& state) {
        const auto& all = state.backlog();
        for (const auto id : ids) {
            all.each_of(id, [&](slot item) {
                if (all.has_successor(item)) return;
                slots->emplace(entry_name{id, all.name_of(item)}, item);
            });
        }
    };
    auto question = [this, ask = std::move(ask)](auto answer) {
        queue_.consult(ask, std::move(answer));
    };
    std::ignore = co_await net::ask<bool>(executor_, question);
    for (auto& each : entries) {
        if (each.is_ours) continue;
        const auto found = slots->find({each.waiting.id, each.waiting.entry});
        if (found == slots->end()) continue;
        each.item = found->second;
        each.is_ours = true;
    }
}

}  // namespace kurir::control
