#include "relay/quota/shared_counts.hpp"

#include <algorithm>
#include <chrono>
#include <string_view>
#include <utility>

#include "relay/base/text.hpp"
#include "relay/quota/record.hpp"

namespace kurir::quota {

namespace {

// When the part of what is left is used up: the counts are told again by then.
constexpr std::chrono::seconds until_told{2};

// Also what has not changed: a node tells nothing before the others know of it.
constexpr std::chrono::seconds told_again{30};

using all_accounts = shared_counts::accounts;

// The counts that limits of messages need.
all_accounts messages_of(const all_accounts& own, time_point now) {
    all_accounts told;
    for (const auto& [name, client] : own) {
        for (auto each : client.messages) {
            if (each.count(now) > 0) told[name].messages.push_back(std::move(each));
        }
    }
    return told;
}

// Counts of a clock that is behind ours by `ahead`, by ours.
sliding_count moved_by(std::chrono::milliseconds ahead, const sliding_count& told) {
    const auto slot = part_of(told.length(), sliding_count::slots_in_period);
    const auto rounded = ahead + slot / 2;
    const auto steps = rounded / slot - (rounded % slot < slot.zero() ? 1 : 0);
    sliding_count made(told.length());
    for (const auto& each : told.slots())
        made.restore({each.number + steps, each.events});
    return made;
}

// A line with the teller's clock, and a record.
std::optional<all_accounts> read_words(const queue::node_words& words, time_point now) {
    const std::string_view text = words.text;
    const auto end = text.find('\n');
    if (end == std::string_view::npos) return std::nullopt;
    const auto at = base::parse_number<std::uint64_t>(text.substr(0, end));
    auto told = read_record(text.substr(end + 1));
    if (!at || *at > 1ULL << 50U || !told) return std::nullopt;
    const time_point clock(std::chrono::milliseconds(static_cast<std::int64_t>(*at)) + words.age);
    for (auto& [name, client] : *told) {
        for (auto& each : client.messages)
            each = moved_by(now - clock, each);
    }
    return told;
}

// Null: there is none.
sliding_count* find_count(all_accounts& all, const std::string& name, period length) {
    const auto known = all.find(name);
    if (known == all.end()) return nullptr;
    const auto found = std::ranges::find(known->second.messages, length, &sliding_count::length);
    return found == known->second.messages.end() ? nullptr : &*found;
}

}  // namespace

std::optional<std::string> shared_counts::tell(const accounts& own, time_point now) {
    auto counts = messages_of(own, now);
    auto record = record_of(counts);
    const bool is_known = record == told_.record && now - told_.at < told_again;
    next_ = {
        .record = std::move(record), .counts = std::move(counts), .at = is_known ? told_.at : now
    };
    if (is_known) return std::nullopt;
    return std::to_string(now.time_since_epoch().count()) + '\n' + next_.record;
}

void shared_counts::hear(const std::vector<queue::node_words>& others, time_point now) {
    told_ = next_;
    others_.clear();
    for (const auto& each : others) {
        if (auto counts = read_words(each, now)) others_.push_back(std::move(*counts));
    }
}

std::optional<time_point> shared_counts::next(
    const std::string& name, sliding_count& own, std::uint64_t limit, time_point now
) {
    const auto here = own.count(now);
    auto sum = here;
    std::vector<sliding_count*> all{&own};
    for (auto& each : others_) {
        auto* count = find_count(each, name, own.length());
        if (count == nullptr) continue;
        sum += count->count(now);
        all.push_back(count);
    }
    if (sum < limit) {
        auto* told = find_count(told_.counts, name, own.length());
        const auto known = told == nullptr ? 0 : told->count(now);
        const auto since = here > known ? here - known : 0;
        const auto part = std::max<std::uint64_t>((limit - sum + since) / (others_.size() + 1), 1);
        if (others_.empty() || since < part) return std::nullopt;
        return now + until_told;
    }
    // The first that falls far enough by itself.
    auto first = time_point::max();
    for (auto* each : all) {
        const auto count = each->count(now);
        if (count == 0) continue;
        const auto rest = sum - count;
        first = std::min(first, each->under(limit > rest ? limit - rest : 1, now));
    }
    return first;
}

}  // namespace kurir::quota
