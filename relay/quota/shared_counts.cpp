#include "relay/quota/shared_counts.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "relay/quota/record.hpp"

namespace kurir::quota {

namespace {

// Also what has not changed: a node tells nothing before the others know of it.
constexpr std::chrono::seconds told_again{30};

// The counts that limits of messages and the brake on runaways need.
told_accounts messages_of(const told_accounts& own, time_point now) {
    told_accounts told;
    for (const auto& [name, client] : own) {
        for (auto each : client.messages) {
            if (each.count(now) > 0) told[name].messages.push_back(std::move(each));
        }
        if (client.stopped) told[name].stopped = client.stopped;
    }
    return told;
}

// Null: there is none.
sliding_count* find_count(told_accounts& all, const std::string& name, period length) {
    const auto known = all.find(name);
    if (known == all.end()) return nullptr;
    const auto found = std::ranges::find(known->second.messages, length, &sliding_count::length);
    return found == known->second.messages.end() ? nullptr : &*found;
}

}  // namespace

told_part shared_counts::tell(const told_accounts& own, time_point now) {
    auto counts = messages_of(own, now);
    auto record = record_of(counts);
    const bool is_known = record == told_.record && now - told_.at < told_again;
    next_ = {
        .record = std::move(record), .counts = std::move(counts), .at = is_known ? told_.at : now
    };
    return {.text = told_text(next_.record, now), .is_news = !is_known};
}

void shared_counts::hear(const std::vector<queue::node_words>& others, time_point now) {
    heard_ = std::move(told_.counts);
    told_ = next_;
    others_.clear();
    for (const auto& each : others) {
        auto counts = read_told(find_part(each.text, part_name), each.age, now);
        if (counts) others_.push_back(std::move(*counts));
    }
}

void shared_counts::tell_anew() {
    heard_.clear();
    told_ = {};
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
        auto* told = find_count(heard_, name, own.length());
        const auto known = told == nullptr ? 0 : told->count(now);
        const auto since = here > known ? here - known : 0;
        const auto part = std::max<std::uint64_t>((limit - sum + since) / (others_.size() + 1), 1);
        if (others_.empty() || since < part) return std::nullopt;
        return now + next_exchange;
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

std::uint64_t shared_counts::messages(const std::string& name, period length, time_point now) {
    std::uint64_t sum = 0;
    for (auto& each : others_) {
        auto* count = find_count(each, name, length);
        if (count != nullptr) sum += count->count(now);
    }
    return sum;
}

std::uint64_t shared_counts::asked(const std::string& name, time_point now) {
    std::uint64_t sum = 0;
    for (auto& each : others_) {
        const auto known = each.find(name);
        const bool stopped = known != each.end() && known->second.stopped;
        if (stopped) sum += known->second.stopped->asked.count(now);
    }
    return sum;
}

}  // namespace kurir::quota
