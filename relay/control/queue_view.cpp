#include "relay/control/queue_view.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <tuple>
#include <utility>

#include "relay/control/words.hpp"
#include "relay/net/ask.hpp"
#include "relay/net/clock.hpp"

namespace kurir::control {

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t envelopes_at_once = 256;
constexpr auto patience = 1s;  // for one page

constexpr std::array<std::chrono::minutes, group_sum::ages - 1> age_limits{
    5min, 10min, 20min, 40min, 80min, 160min, 320min
};

std::size_t age_class(std::chrono::milliseconds age) {
    return static_cast<std::size_t>(std::ranges::upper_bound(age_limits, age) - age_limits.begin());
}

std::string age_name(std::size_t at) {
    if (at == age_limits.size())
        return "over " + std::to_string(age_limits.back().count()) + " min";
    return "under " + std::to_string(age_limits[at].count()) + " min";
}

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

// What deliveries may be grouped by, without their envelopes.
struct traits {
    std::string_view domain;
    std::string_view destination;
    std::string_view sender_domain;
    std::string_view user;
    std::string_view route;
    std::string_view tenant;
    queue::backlog::state state;
    std::chrono::milliseconds age;
};

std::string key_of(const traits& each, grouping by) {
    switch (by) {
        case grouping::destination:
            return std::string(each.destination.empty() ? each.domain : each.destination);
        case grouping::domain:
            return std::string(each.domain);
        case grouping::sender_domain:
            return std::string(each.sender_domain);
        case grouping::user:
            return std::string(each.user);
        case grouping::age:
            return age_name(age_class(each.age));
        case grouping::route:
            return std::string(each.route);
        case grouping::tenant:
            return std::string(each.tenant);
        case grouping::state:
            return std::string(text_of(each.state));
        case grouping::client:
        case grouping::reason:
            break;
    }
    return {};
}

std::string key_of(
    const outbound::scheduler& state, slot item, grouping by, queue::time_point now
) {
    const auto& all = state.backlog();
    const auto terms = all.terms(item);
    const auto destination =
        by == grouping::destination ? state.destination_name(item) : std::string();
    return key_of(
        {
            .domain = all.domain(item),
            .destination = destination,
            .sender_domain = all.sender_domain(item),
            .user = terms->credential,
            .route = terms->route,
            .tenant = all.tenant(item)->first,
            .state = all.state_of(item),
            .age = now - all.received_at(item),
        },
        by
    );
}

std::string key_of(const listed& each, grouping by, queue::time_point now) {
    const auto& waiting = each.waiting;
    const bool is_read = each.message != nullptr;
    if (by == grouping::client) return is_read ? each.message->mail.client : std::string();
    if (by == grouping::reason) {
        return is_read ? reason_of(each, each.chosen.front()) : std::string();
    }
    return key_of(
        {
            .domain = waiting.domain,
            .destination = each.destination,
            .sender_domain = waiting.sender_domain,
            .user = waiting.terms->credential,
            .route = waiting.terms->route,
            .tenant = waiting.tenant,
            .state = each.state,
            .age = now - waiting.received_at,
        },
        by
    );
}

void count(
    group_sum& sum,
    std::size_t recipients,
    std::uint64_t bytes,
    queue::time_point received_at,
    queue::time_point now,
    queue::backlog::state state
) {
    ++sum.deliveries;
    ++sum.by_state.at(static_cast<std::size_t>(state));
    sum.recipients += recipients;
    sum.bytes += bytes;
    if (!sum.oldest || received_at < *sum.oldest) sum.oldest = received_at;
    ++sum.by_age.at(age_class(now - received_at));
}

}  // namespace

std::string obstacle_of(const listed& entry) {
    if (entry.obstacle.empty() || entry.trouble.empty()) return entry.obstacle;
    return entry.obstacle + ": " + entry.trouble;
}

std::string reason_of(const listed& entry, std::uint32_t recipient) {
    auto said = reason_of(entry.waiting, *entry.message, recipient);
    return said.empty() ? obstacle_of(entry) : said;
}

std::optional<grouping> grouping_named(std::string_view name) {
    const auto found = index_in(groupings, name);
    return found ? std::optional(static_cast<grouping>(*found)) : std::nullopt;
}

std::string known_groupings() {
    return one_of("by", groupings);
}

queue_view::queue_view(
    asio::any_io_executor executor,
    outbound::dispatcher& queue,
    queue::store& store,
    std::function<bool()> complete
)
    : executor_(executor),
      queue_(queue),
      store_(store),
      complete_(std::move(complete)),
      home_(executor) {}

// Those that fit as far as memory tells.
asio::awaitable<page> queue_view::collect(
    std::shared_ptr<const selector> wanted, slot first, std::size_t limit
) {
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
    co_return page{std::move(*entries), next};
}

asio::awaitable<void> queue_view::read_envelopes(std::vector<listed>& entries) {
    std::vector<queue::message_id> ids;
    for (const auto& each : entries)
        ids.push_back(each.waiting.id);
    const auto stored = co_await storage::completed<queue::stored_envelopes>(
        [&](queue::completion<queue::stored_envelopes> done) {
            store_.read_envelopes(std::move(ids), home_, std::move(done));
        }
    );
    if (!stored) co_return;
    for (std::size_t at = 0; at < entries.size(); ++at)
        entries[at].message = (*stored)[at];
}

asio::awaitable<page> queue_view::list(
    std::shared_ptr<const selector> wanted, slot first, std::size_t limit, bool with_envelopes
) {
    page all;
    all.next = first;
    const auto end = net::clock::now() + patience;
    const bool reads = with_envelopes || wanted->needs_envelope();
    while (all.next && all.entries.size() < limit && net::clock::now() < end) {
        const auto room = limit - all.entries.size();
        const auto batch = wanted->needs_envelope() ? envelopes_at_once : room;
        auto part = co_await collect(wanted, *all.next, std::min(batch, envelopes_at_once));
        if (reads) co_await read_envelopes(part.entries);
        all.next = part.next;
        for (auto& each : part.entries) {
            each.chosen = each.waiting.recipients;
            if (wanted->needs_envelope()) {
                if (each.message == nullptr) continue;
                each.chosen = wanted->chosen(each.waiting, *each.message, obstacle_of(each));
                if (each.chosen.empty()) continue;
            }
            if (all.entries.size() == limit) {
                all.next = each.item;
                break;
            }
            all.entries.push_back(std::move(each));
        }
    }
    co_return all;
}

asio::awaitable<std::vector<listed>> queue_view::deliveries(std::shared_ptr<const selector> wanted
) {
    std::vector<listed> all;
    page part{.entries = {}, .next = 0};
    while (part.next) {
        part = co_await list(wanted, *part.next, page_max);
        std::ranges::move(part.entries, std::back_inserter(all));
    }
    co_return all;
}

asio::awaitable<group_sums> queue_view::sums(std::shared_ptr<const selector> wanted, grouping by) {
    const auto now = net::wall_now();
    const auto sums = std::make_shared<group_sums>();
    const bool reads = by == grouping::client || by == grouping::reason || wanted->needs_envelope();
    if (!reads) {
        auto visit = [sums, wanted, by, now](const outbound::scheduler& state, slot item) {
            if (!wanted->fits(state, item, now)) return true;
            const auto& all = state.backlog();
            count(
                (*sums)[key_of(state, item, by, now)],
                all.recipient_count(item),
                all.size_of(item),
                all.received_at(item),
                now,
                all.state_of(item)
            );
            return true;
        };
        auto question = [this, visit](auto answer) { queue_.browse(0, visit, std::move(answer)); };
        std::ignore = co_await net::ask<outbound::dispatcher::next_slot>(executor_, question);
        co_return std::move(*sums);
    }
    page part{.entries = {}, .next = 0};
    while (part.next) {
        part = co_await list(wanted, *part.next, page_max);
        for (const auto& each : part.entries) {
            const auto received_at = each.waiting.received_at;
            count(
                (*sums)[key_of(each, by, now)],
                each.chosen.size(),
                each.waiting.size,
                received_at,
                now,
                each.state
            );
        }
    }
    co_return std::move(*sums);
}

asio::awaitable<std::vector<outbound::explanation>> queue_view::why(queue::message_id id) {
    using explanations = std::vector<outbound::explanation>;
    auto question = [this, id](auto answer) { queue_.explain(id, std::move(answer)); };
    co_return co_await net::ask<explanations>(executor_, question);
}

asio::awaitable<std::shared_ptr<const queue::stored_message>> queue_view::envelope(
    queue::message_id id
) {
    std::vector<listed> one(1);
    one.front().waiting.id = id;
    co_await read_envelopes(one);
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
