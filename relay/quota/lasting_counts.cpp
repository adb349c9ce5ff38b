#include "relay/quota/lasting_counts.hpp"

#include <algorithm>

#include "relay/base/text.hpp"
#include "relay/quota/ledger.hpp"
#include "relay/quota/record.hpp"
#include "relay/quota/word_parts.hpp"

namespace kurir::quota {

namespace {

// An hour counts when it has been over for another one.
constexpr std::int64_t age_to_tell = 2;
// Those of a node that had no database for longer are not told.
constexpr std::int64_t hours_told_max = 24;
constexpr std::chrono::hours week{24 * 7};
constexpr auto clocks_apart = std::chrono::hours(1);
// Of a hundred nodes that start anew each hour of a week.
constexpr std::size_t heard_hours_max = 100UL * 7 * 24;

std::string words_with(std::string_view part, std::string_view text) {
    auto words = begin_words();
    add_part(words, part, text);
    return words;
}

// What was counted in an hour. Empty: nothing.
told_accounts messages_in(const told_accounts& own, std::int64_t hour) {
    told_accounts told;
    for (const auto& [name, client] : own) {
        const auto messages = client.usual.messages_in(hour);
        if (messages > 0) told[name].usual.learn({hour, messages});
    }
    return told;
}

period longest_of(const told_accounts& told) {
    period longest{};
    for (const auto& [name, client] : told) {
        for (const auto& each : client.recipients)
            longest = std::max(longest, each.length());
    }
    return longest;
}

}  // namespace

void lasting_counts::note(
    const std::string& name, period length, recipient_hash recipient, bool is_new, time_point now
) {
    if (!is_shared_ || waiting_.size >= waiting_max) return;
    if (waiting_.recipients[name].recipients_in(length).add(recipient, now)) ++waiting_.size;
    if (is_new) ++waiting_.fresh[{name, length}];
}

void lasting_counts::take_back(const std::string& name, period length, recipient_hash recipient) {
    unread_.take_back(name, length, recipient);
    const auto known = waiting_.recipients.find(name);
    if (known == waiting_.recipients.end()) return;
    if (!known->second.recipients_in(length).remove(recipient)) return;
    --waiting_.size;
    auto& fresh = waiting_.fresh[{name, length}];
    if (fresh > 0) --fresh;
}

std::size_t lasting_counts::unheard(const std::string& name, period length) const {
    std::size_t sum = 0;
    for (const auto* each : {&waiting_.fresh, &being_told_.fresh, &just_told_}) {
        const auto known = each->find({name, length});
        if (known != each->end()) sum += known->second;
    }
    return sum;
}

std::vector<queue::lasting_words> lasting_counts::tell(
    const told_accounts& own, std::uint64_t teller, time_point now
) {
    is_shared_ = true;
    teller_ = teller;
    std::vector<queue::lasting_words> all;
    being_told_ = std::exchange(waiting_, {});
    if (being_told_.size > 0) {
        const auto text = told_text(record_of(being_told_.recipients), now);
        const auto longest = longest_of(being_told_.recipients);
        all.push_back({
            .text = words_with(recipients_part, text),
            .time = longest + part_of(longest, distinct_count::slots_in_period) + clocks_apart,
        });
    }
    tell_hours(all, own, teller, now);
    const auto last = usual_rate::hour_at(now) - age_to_tell;
    next_hours_until_ = std::max(hours_until_.value_or(last), last);
    return all;
}

// At the start none: an earlier process with the same queue folder may have told the last one.
void lasting_counts::tell_hours(
    std::vector<queue::lasting_words>& all,
    const told_accounts& own,
    std::uint64_t teller,
    time_point now
) const {
    const auto last = usual_rate::hour_at(now) - age_to_tell;
    auto wanted = lost_hours_;
    auto hour = std::max(hours_until_.value_or(last), last - hours_told_max) + 1;
    for (; hour <= last; ++hour)
        wanted.insert(hour);
    for (const auto each : wanted) {
        const auto counted = messages_in(own, each);
        if (counted.empty()) continue;
        auto text = std::to_string(teller).append(" ").append(std::to_string(each)).append("\n");
        text += told_text(record_of(counted), now);
        const auto kept = week + clocks_apart - std::chrono::hours(last - each);
        if (kept > kept.zero()) all.push_back({.text = words_with(hours_part, text), .time = kept});
    }
}

void lasting_counts::told() {
    just_told_ = std::exchange(being_told_, {}).fresh;
    hours_until_ = next_hours_until_;
    if (!hours_after_) hours_after_ = hours_until_;
    lost_hours_.clear();
}

void lasting_counts::tell_again(const told_accounts& lost) {
    for (const auto& [name, client] : lost) {
        for (const auto& each : client.recipients) {
            for (const auto& [recipient, slot] : each.all()) {
                if (waiting_.size >= waiting_max) return;
                auto& waiting = waiting_.recipients[name].recipients_in(each.length());
                if (waiting.slot_of(recipient)) continue;
                waiting.restore(recipient, slot);
                ++waiting_.size;
            }
        }
    }
}

void lasting_counts::lost() {
    tell_again(being_told_.recipients);
    for (const auto& [client, count] : being_told_.fresh)
        waiting_.fresh[client] += count;
    being_told_ = {};
}

std::optional<told_accounts> lasting_counts::hear(const queue::node_words& words, time_point now) {
    hear_hours(find_part(words.text, hours_part), words.age, now);
    auto told = read_told(find_part(words.text, recipients_part), words.age, now);
    if (told) unread_.read(*told);
    return told;
}

// False: it was heard, or is so old that nobody knows any more whether it was.
bool lasting_counts::is_new_hour(std::int64_t hour, std::uint64_t teller) {
    const std::pair heard(hour, teller);
    if (heard_hours_.contains(heard)) return false;
    if (heard_hours_.size() >= heard_hours_max) {
        if (heard < *heard_hours_.begin()) return false;
        heard_hours_.erase(heard_hours_.begin());
    }
    heard_hours_.insert(heard);
    return true;
}

void lasting_counts::hear_hours(
    std::string_view text, std::chrono::milliseconds age, time_point now
) {
    const auto end = text.find('\n');
    const auto blank = text.find(' ');
    if (end == std::string_view::npos || blank == std::string_view::npos || blank > end) return;
    const auto teller = base::parse_number<std::uint64_t>(text.substr(0, blank));
    const auto hour = base::parse_number<std::uint32_t>(text.substr(blank + 1, end - blank - 1));
    const auto told = read_told(text.substr(end + 1), age, now);
    if (!teller || !hour || !told) return;
    if (*teller == teller_) unread_.read_hour(*hour);
    if (!is_new_hour(*hour, *teller)) return;
    const auto current = usual_rate::hour_at(now);
    for (const auto& [name, client] : *told) {
        if (!hours_.contains(name) && hours_.size() >= ledger::accounts_max) {
            std::erase_if(hours_, [now](const auto& each) { return !each.second.is_recent(now); });
            if (hours_.size() >= ledger::accounts_max) return;
        }
        for (const auto& each : client.usual.hours()) {
            const auto passed = current - each.number;
            const bool counts = passed >= 0 && passed < std::int64_t(usual_rate::hours_kept);
            if (each.messages > 0 && counts) hours_[name].learn(each);
        }
    }
}

void lasting_counts::begin_anew(const told_accounts& known, time_point now) {
    std::set<std::int64_t> told;
    if (hours_after_ && hours_until_) {
        auto hour = std::max(*hours_after_, *hours_until_ - std::int64_t(usual_rate::hours_kept));
        while (hour < *hours_until_)
            told.insert(++hour);
    }
    unread_.begin(known, std::move(told), now);
}

void lasting_counts::heard_all() {
    auto left = unread_.end();
    tell_again(left.recipients);
    lost_hours_.merge(left.hours);
}

std::optional<std::uint64_t> lasting_counts::usual(const std::string& name, time_point now) const {
    const auto known = hours_.find(name);
    return known == hours_.end() ? std::nullopt : known->second.find(now);
}

}  // namespace kurir::quota
