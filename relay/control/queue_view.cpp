#include "relay/control/queue_view.hpp"

#include <algorithm>
#include <iterator>
#include <tuple>
#include <utility>

#include "relay/control/growing_sums.hpp"
#include "relay/control/other_mail.hpp"
#include "relay/net/ask.hpp"
#include "relay/net/clock.hpp"

namespace kurir::control {

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {

constexpr auto patience = 1s;  // for one page

}  // namespace

listed view_of(const outbound::scheduler& state, slot item) {
    const auto& all = state.backlog();
    auto [destination, obstacle, trouble, suspension] =
        state.heading_of(item, outbound::instant_now());
    return {
        .item = item,
        .waiting = all.at(item),
        .state = all.state_of(item),
        .destination = std::move(destination),
        .obstacle = std::move(obstacle),
        .trouble = std::move(trouble),
        .suspension = std::move(suspension),
    };
}

std::string obstacle_of(const listed& entry) {
    if (entry.obstacle.empty() || entry.trouble.empty()) return entry.obstacle;
    return entry.obstacle + ": " + entry.trouble;
}

std::string reason_of(const listed& entry, std::uint32_t recipient) {
    auto said = reason_of(entry.waiting, *entry.message, recipient);
    return said.empty() ? obstacle_of(entry) : said;
}

list_cursor place_of(const listed& entry) {
    if (entry.is_ours) return {.item = entry.item};
    return {.other = queue::entry_name{entry.waiting.id, entry.waiting.entry}};
}

bool queue_view::choose(listed& entry, const selector& wanted) {
    if (!wanted.needs_envelope()) {
        entry.chosen = entry.waiting.recipients;
    } else if (entry.message != nullptr) {
        entry.chosen = wanted.chosen(entry.waiting, *entry.message, obstacle_of(entry));
    }
    return !entry.chosen.empty();
}

queue_view::queue_view(
    asio::any_io_executor executor,
    outbound::dispatcher& queue,
    queue::store& store,
    queue::shared_store* shared,
    std::function<bool()> complete
)
    : executor_(executor),
      queue_(queue),
      store_(store),
      shared_(shared),
      complete_(std::move(complete)),
      home_(executor) {}

std::optional<list_cursor> queue_view::begin_of_rest(bool reads) const {
    if (reads) return list_cursor();
    return shared_ == nullptr ? std::nullopt : std::optional(list_cursor::of_others());
}

// Those that fit as far as memory tells.
asio::awaitable<page> queue_view::collect(
    std::shared_ptr<const selector> wanted, list_cursor from, std::size_t limit
) {
    if (from.other) co_return co_await collect_others(wanted, *from.other, limit);
    const auto first = from.item;
    if (!wanted->ids().empty()) co_return co_await collect_named(wanted, first, limit);
    const auto entries = std::make_shared<std::vector<listed>>();
    const auto now = net::wall_now();
    auto visit = [entries, wanted, limit, now](const outbound::scheduler& state, slot item) {
        if (wanted->fits(state, item, now)) entries->push_back(view_of(state, item));
        return entries->size() < limit;
    };
    auto question = [this, first, visit](auto answer) {
        queue_.browse(first, visit, std::move(answer));
    };
    const auto next = co_await net::ask<outbound::dispatcher::next_slot>(executor_, question);
    page found{.entries = std::move(*entries), .next = begin_of_rest(false)};
    if (next) found.next = list_cursor{.item = *next};
    co_return found;
}

// The same by the index of ids: it does not look through the queue.
asio::awaitable<page> queue_view::collect_named(
    std::shared_ptr<const selector> wanted, slot first, std::size_t limit
) {
    auto question = [this, wanted](auto answer) {
        queue_.find_slots(wanted->ids(), std::move(answer));
    };
    auto items = co_await net::ask<std::vector<slot>>(executor_, question);
    items.erase(items.begin(), std::ranges::lower_bound(items, first));
    const auto entries = std::make_shared<std::vector<listed>>();
    const auto now = net::wall_now();
    auto visit = [entries, wanted, now](const outbound::scheduler& state, slot item) {
        if (wanted->fits(state, item, now)) entries->push_back(view_of(state, item));
        return true;
    };
    std::size_t seen = 0;
    while (seen < items.size() && entries->size() < limit) {
        const auto count = std::min(limit - entries->size(), items.size() - seen);
        const auto begin = items.begin() + static_cast<std::ptrdiff_t>(seen);
        std::vector<slot> some(begin, begin + static_cast<std::ptrdiff_t>(count));
        seen += count;
        auto look = [this, some = std::move(some), visit](auto answer) {
            queue_.look_at(some, visit, std::move(answer));
        };
        std::ignore = co_await net::ask<bool>(executor_, look);
    }
    page found{.entries = std::move(*entries), .next = begin_of_rest(false)};
    if (seen < items.size()) found.next = list_cursor{.item = items[seen]};
    co_return found;
}

asio::awaitable<boost::system::error_code> queue_view::read_envelopes(std::vector<listed>& entries
) {
    std::vector<queue::message_id> ids;
    for (const auto& each : entries)
        ids.push_back(each.waiting.id);
    const auto stored = co_await storage::completed<queue::stored_envelopes>(
        [&](queue::completion<queue::stored_envelopes> done) {
            store_.read_envelopes(std::move(ids), home_, std::move(done));
        }
    );
    if (!stored) co_return stored.error();
    for (std::size_t at = 0; at < entries.size(); ++at)
        entries[at].message = (*stored)[at];
    co_return boost::system::error_code();
}

asio::awaitable<page> queue_view::list(
    std::shared_ptr<const selector> wanted,
    list_cursor first,
    std::size_t limit,
    bool with_envelopes
) {
    page all;
    all.next = first;
    const auto end = net::clock::now() + patience;
    const bool reads = with_envelopes || wanted->needs_envelope();
    while (all.next && all.entries.size() < limit && net::clock::now() < end) {
        const auto room = limit - all.entries.size();
        const auto most = all.next->other ? read_at_once : looked_at_once;
        const auto batch = wanted->needs_envelope() ? most : std::min(room, most);
        auto part = co_await collect(wanted, *all.next, batch);
        if (part.unread) all.unread = part.unread;
        all.partial = all.partial || part.partial;
        if (reads && !part.entries.empty()) {
            if (const auto wrong = co_await read_envelopes(part.entries)) all.unread = wrong;
        }
        all.next = part.next;
        for (auto& each : part.entries) {
            if (!choose(each, *wanted)) continue;
            if (all.entries.size() == limit) {
                all.next = place_of(each);
                break;
            }
            all.entries.push_back(std::move(each));
        }
    }
    co_return all;
}

queue_view::arrivals::arrivals(arrivals&& other) noexcept
    : queue_(std::exchange(other.queue_, nullptr)), mark_(other.mark_) {}

queue_view::arrivals::~arrivals() {
    if (queue_ != nullptr) queue_->end_watch();
}

asio::awaitable<queue_view::arrivals> queue_view::watch() {
    auto question = [this](auto answer) { queue_.watch_arrivals(std::move(answer)); };
    const auto mark = co_await net::ask<std::size_t>(executor_, question);
    co_return arrivals(queue_, mark);
}

asio::awaitable<page> queue_view::list_arrived(
    std::shared_ptr<const selector> wanted, arrivals& watched, queue::time_point until
) {
    const auto entries = std::make_shared<std::vector<listed>>();
    const auto now = net::wall_now();
    auto visit = [entries, wanted, until, now](const outbound::scheduler& state, slot item) {
        const bool is_old = state.backlog().received_at(item) <= until;
        if (is_old && wanted->fits(state, item, now)) entries->push_back(view_of(state, item));
        return true;
    };
    auto question = [this, visit, mark = watched.mark_](auto answer) {
        queue_.arrivals_since(mark, visit, std::move(answer));
    };
    const auto before =
        std::exchange(watched.mark_, co_await net::ask<std::size_t>(executor_, question));
    page found{.entries = std::move(*entries)};
    if (watched.mark_ != before) found.next = list_cursor();
    if (wanted->needs_envelope() && !found.entries.empty()) {
        if (const auto wrong = co_await read_envelopes(found.entries)) found.unread = wrong;
    }
    std::erase_if(found.entries, [&wanted](auto& each) { return !choose(each, *wanted); });
    co_return found;
}

asio::awaitable<queue::result<std::vector<listed>>> queue_view::deliveries(
    std::shared_ptr<const selector> wanted
) {
    std::vector<listed> all;
    page part{.entries = {}, .next = list_cursor()};
    while (part.next) {
        part = co_await list(wanted, *part.next, page_max);
        if (part.unread) co_return part.unread;
        std::ranges::move(part.entries, std::back_inserter(all));
    }
    co_return all;
}

asio::awaitable<queue::result<group_sums>> queue_view::sums(
    std::shared_ptr<const selector> wanted, grouping by
) {
    const auto now = net::wall_now();
    const auto sums = std::make_shared<growing_sums>(by, now);
    const bool reads = by == grouping::client || by == grouping::reason || wanted->needs_envelope();
    if (!reads) {
        auto visit = [sums, wanted, now](const outbound::scheduler& state, slot item) {
            if (wanted->fits(state, item, now)) sums->add(state, item);
            return true;
        };
        auto question = [this, visit](auto answer) { queue_.browse(0, visit, std::move(answer)); };
        std::ignore = co_await net::ask<outbound::dispatcher::next_slot>(executor_, question);
    }
    page part{.entries = {}, .next = begin_of_rest(reads)};
    while (part.next) {
        part = co_await list(wanted, *part.next, page_max, reads);
        if (part.unread) co_return part.unread;
        for (const auto& each : part.entries)
            sums->add(each);
    }
    co_return sums->take();
}

asio::awaitable<std::vector<outbound::explanation>> queue_view::why(queue::message_id id) {
    using explanations = std::vector<outbound::explanation>;
    auto question = [this, id](auto answer) { queue_.explain(id, std::move(answer)); };
    auto all = co_await net::ask<explanations>(executor_, question);
    if (shared_ == nullptr) co_return all;
    const auto others = co_await find_others({id});
    if (!others) co_return all;
    for (const auto& each : *others)
        all.push_back(explanation_of(each, net::wall_now()));
    co_return all;
}

asio::awaitable<queue::result<std::shared_ptr<const queue::stored_message>>> queue_view::envelope(
    queue::message_id id
) {
    std::vector<listed> one(1);
    one.front().waiting.id = id;
    if (const auto wrong = co_await read_envelopes(one)) co_return wrong;
    co_return one.front().message;
}

asio::awaitable<queue::result<std::string>> queue_view::chunk(
    queue::message_id id, std::uint32_t index
) {
    co_return co_await storage::completed<std::string>([&](queue::completion<std::string> done) {
        store_.read_chunk(id, index, home_, std::move(done));
    });
}

asio::awaitable<outbound::order_outcome> queue_view::carry_out(
    std::shared_ptr<const outbound::operator_order> order, std::vector<outbound::order_part> parts
) {
    auto question = [this, order = std::move(order), parts = std::move(parts)](auto answer) {
        queue_.carry_out(order, parts, std::move(answer));
    };
    co_return co_await net::ask<outbound::order_outcome>(executor_, question);
}

}  // namespace kurir::control
