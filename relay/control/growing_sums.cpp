#include "relay/control/growing_sums.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include "relay/control/words.hpp"

namespace kurir::control {

using namespace std::chrono_literals;

namespace {

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

// `made`: room for a text that stands nowhere else.
std::string_view key_of(const traits& each, grouping by, std::string& made) {
    switch (by) {
        case grouping::destination:
            return each.destination.empty() ? each.domain : each.destination;
        case grouping::domain:
            return each.domain;
        case grouping::sender_domain:
            return each.sender_domain;
        case grouping::user:
            return each.user;
        case grouping::age:
            return made = age_name(age_class(each.age));
        case grouping::route:
            return each.route;
        case grouping::tenant:
            return each.tenant;
        case grouping::state:
            return text_of(each.state);
        case grouping::client:
        case grouping::reason:
            break;
    }
    return {};
}

std::string_view key_of(const listed& each, grouping by, queue::time_point now, std::string& made) {
    const auto& waiting = each.waiting;
    const bool is_read = each.message != nullptr;
    if (by == grouping::client) return is_read ? each.message->mail.client : std::string_view();
    if (by == grouping::reason) {
        made = is_read ? reason_of(each, each.chosen.front()) : std::string();
        return made;
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
        by,
        made
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

std::optional<grouping> grouping_named(std::string_view name) {
    const auto found = index_in(groupings, name);
    return found ? std::optional(static_cast<grouping>(*found)) : std::nullopt;
}

std::string known_groupings() {
    return one_of("by", groupings);
}

void growing_sums::add(const outbound::scheduler& state, slot item) {
    const auto& all = state.backlog();
    count(
        by_ == grouping::destination ? of_destination(state, item) : of_memory(all, item),
        all.recipient_count(item),
        all.size_of(item),
        all.received_at(item),
        now_,
        all.state_of(item)
    );
}

void growing_sums::add(const listed& each) {
    std::string made;
    const auto& waiting = each.waiting;
    count(
        at(key_of(each, by_, now_, made)),
        each.chosen.size(),
        waiting.size,
        waiting.received_at,
        now_,
        each.state
    );
}

group_sums growing_sums::take() const {
    group_sums sorted;
    for (const auto& [key, sum] : sums_)
        sorted.emplace(key, sum);
    return sorted;
}

group_sum& growing_sums::at(std::string_view key) {
    const auto found = sums_.find(key);
    return found == sums_.end() ? sums_[std::string(key)] : found->second;
}

group_sum& growing_sums::of_memory(const queue::backlog& all, slot item) {
    std::string made;
    const auto terms = all.terms(item);
    return at(key_of(
        {
            .domain = all.domain(item),
            .destination = {},
            .sender_domain = all.sender_domain(item),
            .user = terms->credential,
            .route = terms->route,
            .tenant = all.tenant(item)->first,
            .state = all.state_of(item),
            .age = now_ - all.received_at(item),
        },
        by_,
        made
    ));
}

// Names are made once for each route.
group_sum& growing_sums::of_destination(const outbound::scheduler& state, slot item) {
    const auto route = state.route_of(item);
    if (route == nullptr) return at(state.backlog().domain(item));
    auto& known = routes_[route.get()];
    if (known.sum == nullptr) known = {.route = route, .sum = &at(route->key.name())};
    return *known.sum;
}

}  // namespace kurir::control
