#include "relay/inbound/rate_table.hpp"

#include <algorithm>
#include <utility>

#include "relay/base/stable_hash.hpp"

namespace kurir::inbound {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t sweep_least = 1024;
constexpr auto next_exchange = 2s;

std::uint64_t brought_until_heard(const config::rate& rate) {
    const auto time = std::chrono::milliseconds(rate_table::until_heard).count();
    return rate.count * static_cast<std::uint64_t>(time) /
           static_cast<std::uint64_t>(rate.per.count());
}

}  // namespace

rate_key key_of(std::string_view text) noexcept {
    return base::stable_hash().add(text).value();
}

net::clock::time_point rate_table::ready_at(rate_key key, net::clock::time_point now) const {
    const auto known = entries_.find(key);
    if (known == entries_.end()) return now;
    const auto ready = known->second.bucket.next();
    const auto told = telling_.find(key);
    if (nodes_ == 1 || told == telling_.end()) return ready;
    const auto since = known->second.taken - told->second.heard;
    const auto missing = known->second.bucket.missing(now);
    const auto left = rate_->count > missing ? rate_->count - missing : 0;
    const std::uint64_t most =
        std::max({std::uint64_t(1), brought_until_heard(*rate_), (left + since) / nodes_});
    return since < most ? ready : std::max(ready, now + next_exchange);
}

void rate_table::take(rate_key key, net::clock::time_point now) {
    if (!rate_) return;
    auto* known = find_or_add(key, now);
    if (known == nullptr) return;
    if (known->taken > 0 && known->bucket.full(now)) {
        begin_count(*known);
        telling_.erase(key);
    }
    known->bucket.spend(now);
    ++known->taken;
    if (!is_shared_) return;
    const auto each = net::clock::duration(rate_->per) * static_cast<net::clock::rep>(nodes_) /
                      static_cast<net::clock::rep>(rate_->count);
    known->part_full_at = std::max(known->part_full_at, now) + each;
    if (known->part_full_at - now > rate_->per / 2) begin_telling(key, *known, now);
}

// Null: there is no room.
rate_table::entry* rate_table::find_or_add(rate_key key, net::clock::time_point now) {
    if (const auto known = entries_.find(key); known != entries_.end()) return &known->second;
    if (!has_room(now)) return nullptr;
    entry made{
        .bucket = net::token_bucket(rate_->count, rate_->per, rate_->count),
        .part_full_at = now,
        .count = ++last_count_,
    };
    return &entries_.emplace(key, made).first->second;
}

// Forgets keys whose bucket is full again, each time that the table has doubled.
bool rate_table::has_room(net::clock::time_point now) {
    if (entries_.size() >= sweep_at_ && now >= next_sweep_) {
        std::erase_if(entries_, [&](const auto& each) {
            if (!each.second.bucket.full(now)) return false;
            telling_.erase(each.first);  // it counted what is forgotten
            return true;
        });
        sweep_at_ = std::clamp(2 * entries_.size(), sweep_least, keys_max);
        next_sweep_ = now + 1s;
    }
    return entries_.size() < keys_max;
}

// Of what was taken before, the tokens that are still missing count as not heard.
void rate_table::begin_telling(rate_key key, const entry& known, net::clock::time_point now) {
    const auto before = known.taken - std::min(known.taken, known.bucket.missing(now));
    telling_.try_emplace(key, telling{.heard = before, .told = before, .next = before});
}

std::vector<told_rate> rate_table::tell(net::clock::time_point now) {
    is_shared_ = true;
    std::vector<told_rate> all;
    std::erase_if(telling_, [&](const auto& each) {
        const auto at = entries_.find(each.first);
        if (at == entries_.end()) return true;
        auto& known = at->second;
        if (known.bucket.full(now)) {
            begin_count(known);
            return true;
        }
        if (known.taken > 0) {
            all.push_back({each.first, known.count, known.taken, known.bucket.missing(now)});
        }
        return false;
    });
    if (all.size() > rate_words::told_max) {
        const auto end = all.begin() + rate_words::told_max;
        std::ranges::nth_element(all, end, std::greater(), &told_rate::missing);
        // There is no room for these: they are limited on each node alone.
        for (auto rest = end; rest != all.end(); ++rest)
            telling_.erase(rest->key);
        all.erase(end, all.end());
    }
    for (const auto& each : all)
        telling_[each.key].next = each.taken;
    std::ranges::sort(all, {}, &told_rate::key);
    return all;
}

void rate_table::hear(
    const std::vector<heard_rates>& others, std::size_t nodes, net::clock::time_point now
) {
    nodes_ = nodes;
    if (!rate_) return;
    for (auto& [key, each] : telling_)
        each.heard = std::exchange(each.told, each.next);
    std::unordered_map<std::uint64_t, known_rates> heard;
    for (const auto& other : others) {
        const auto before = heard_.find(other.teller);
        apply(other, before == heard_.end() ? nullptr : &before->second, now);
        auto& known = heard[other.teller];
        for (const auto& each : other.rates)
            known[each.key] = each;
        if (before != heard_.end()) keep_untold(before->second, known, now);
    }
    heard_ = std::move(heard);
}

// Nothing of what it took before counts any more.
void rate_table::begin_count(entry& known) {
    known.taken = 0;
    known.count = ++last_count_;
}

// A teller with very many keys leaves some out for a while: what it told of them counts no second
// time when it tells of them again.
void rate_table::keep_untold(
    const known_rates& before, known_rates& told, net::clock::time_point now
) const {
    for (const auto& [key, last] : before) {
        const auto known = entries_.find(key);
        if (known != entries_.end() && !known->second.bucket.full(now)) told.try_emplace(key, last);
    }
}

// `before`: what the same teller told the last time; null: it is new here, and then it is enough to
// know what it knows of all nodes.
void rate_table::apply(
    const heard_rates& other, const known_rates* before, net::clock::time_point now
) {
    const auto then = now - std::clamp<net::clock::duration>(other.age, 0s, 24h);
    const auto most = 2 * (rate_->count + brought_until_heard(*rate_));
    for (const auto& each : other.rates) {
        auto* known = find_or_add(each.key, now);
        if (known == nullptr) continue;
        std::uint64_t tokens = 0;
        if (before == nullptr) {
            const auto missing = known->bucket.missing(then);
            tokens = each.missing > missing ? each.missing - missing : 0;
        } else {
            const auto last = before->find(each.key);
            const bool goes_on = last != before->end() && last->second.count == each.count &&
                                 last->second.taken <= each.taken;
            tokens = goes_on ? each.taken - last->second.taken : std::min(each.taken, each.missing);
        }
        if (tokens > 0) known->bucket.spend(then, std::min(tokens, most));
        if (known->bucket.full(now)) continue;
        begin_telling(each.key, *known, now);
    }
}

}  // namespace kurir::inbound
