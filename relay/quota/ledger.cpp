#include "relay/quota/ledger.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "relay/quota/record.hpp"

namespace kurir::quota {

namespace {

// Limits have four periods.
constexpr std::size_t periods_heard_max = 8;

std::chrono::seconds until(time_point then, time_point now) {
    return std::max(std::chrono::ceil<std::chrono::seconds>(then - now), std::chrono::seconds(1));
}

}  // namespace

account& ledger::account_of(const std::string& name, time_point now) {
    const auto known = accounts_.find(name);
    if (known == accounts_.end() && accounts_.size() >= accounts_max) {
        accounts_.erase(std::ranges::min_element(accounts_, {}, [](const auto& each) {
            return each.second.touched;
        }));
    }
    auto& client = known == accounts_.end() ? accounts_[name] : known->second;
    client.touched = now;
    return client;
}

void ledger::forget_empty(time_point now) {
    for (auto each = accounts_.begin(); each != accounts_.end();)
        each = each->second.is_empty(now) ? accounts_.erase(each) : std::next(each);
}

void ledger::release(const std::string& name, account& client) {
    client.stopped.reset();
    released_.push_back(name);
    changed_ = true;
}

// The limit of messages with the longest wait.
std::optional<excess> ledger::over_rate(
    const std::string& name, account& client, const limits& limits, time_point now
) {
    std::optional<excess> over;
    for (const auto& limit : limits.messages) {
        const auto next = shared_.next(name, client.messages_in(limit.per), limit.count, now);
        if (!next) continue;
        const auto wait = until(*next, now);
        if (!over || wait > over->wait) over = excess{.brake = brake::messages, .wait = wait};
    }
    return over;
}

std::optional<excess> ledger::look(const std::string& name, const limits& limits, time_point now) {
    if (!limits.any() && !any_stopped()) return std::nullopt;
    const std::lock_guard lock(mutex_);
    const auto known = accounts_.find(name);
    const bool is_elsewhere =
        limits.runaway != 0 && shared_.messages(name, runaway_period, now) > 0;
    if (known == accounts_.end() && !is_elsewhere) {
        account none;
        return over_rate(name, none, limits, now);
    }
    auto& client = known == accounts_.end() ? account_of(name, now) : known->second;
    if (client.stopped && limits.runaway == 0) release(name, client);
    if (limits.runaway != 0) {
        if (const auto over = over_usual(name, client, limits.runaway, now)) return over;
    }
    return over_rate(name, client, limits, now);
}

std::optional<excess> ledger::over_usual(
    const std::string& name, account& client, std::uint64_t factor, time_point now
) {
    const auto use = last_hour(name, client, now);
    const bool was_stopped = client.stopped.has_value();
    if (!use.usual || !is_stopped(name, client, factor, now)) return std::nullopt;
    return excess{
        .brake = brake::runaway,
        .sent = use.sent,
        .usual = *use.usual,
        .begins = !was_stopped,
    };
}

// Of all nodes where that is known; else of this one alone: what all send is more than what is
// usual here.
ledger::hour_use ledger::last_hour(const std::string& name, account& client, time_point now) {
    hour_use use{
        .sent = client.messages_in(runaway_period).count(now),
        .asked = client.stopped ? client.stopped->asked.count(now) : 0,
        .usual = client.usual.find(now),
    };
    const auto usual = lasting_.usual(name, now);
    if (!usual) return use;
    use.sent += shared_.messages(name, runaway_period, now);
    use.asked += shared_.asked(name, now);
    use.usual = std::max(*usual, use.usual.value_or(0));
    return use;
}

// Deferred messages count as sent while a client is stopped: it goes on when it asks for less.
bool ledger::is_stopped(
    const std::string& name, account& client, std::uint64_t factor, time_point now
) {
    const auto use = last_hour(name, client, now);
    const auto threshold = std::max(runaway_floor, factor * use.usual.value_or(0));
    if (use.sent + use.asked < threshold) {
        if (client.stopped) release(name, client);
        return false;
    }
    if (!client.stopped) {
        client.usual.cap(now, use.usual.value_or(0) / shared_.nodes());
        client.stopped.emplace();
        ++stopped_;
    }
    client.stopped->threshold = threshold;
    client.stopped->asked.add(now);
    changed_ = true;
    return true;
}

ledger::answer ledger::look(
    const std::string& name,
    const config::rate& limit,
    recipient_hash recipient,
    std::size_t fresh,
    time_point now
) {
    const std::lock_guard lock(mutex_);
    std::size_t used = 0;
    if (const auto known = accounts_.find(name); known != accounts_.end()) {
        auto& counted = known->second.recipients_in(limit.per);
        if (counted.has(recipient, now)) return answer::known;
        used = counted.count(now);
    }
    return fresh < room_for_recipients(name, limit, used) ? answer::fresh : answer::too_many;
}

// Until all others have heard of new ones, this node's part of what was left; one at least.
std::size_t ledger::room_for_recipients(
    const std::string& name, const config::rate& limit, std::size_t used
) const {
    const std::size_t left = limit.count > used ? limit.count - used : 0;
    if (shared_.nodes() == 1) return left;
    const auto unheard = lasting_.unheard(name, limit.per);
    const auto part = std::max<std::size_t>((left + unheard) / shared_.nodes(), 1);
    return std::min(left, part > unheard ? part - unheard : 0);
}

// Counts them, or says why not.
std::optional<excess> ledger::take_recipients(
    account& client,
    const config::rate& limit,
    std::span<const recipient_hash> recipients,
    taken& message
) {
    const time_point now = message.at;
    auto& counted = client.recipients_in(limit.per);
    for (const auto each : recipients) {
        if (!counted.has(each, now)) message.recipients.push_back(each);
    }
    const auto used = counted.count(now);
    const auto fresh = message.recipients.size();
    if (fresh > 0 && fresh > room_for_recipients(message.account, limit, used)) {
        message.recipients.clear();
        const bool is_full = used + fresh > limit.count;
        const auto next = is_full ? counted.next_forgotten(now) : now + next_exchange;
        return excess{.brake = brake::recipients, .wait = until(next, now)};
    }
    message.recipient_period = limit.per;
    for (const auto each : recipients) {
        const auto before = counted.slot_of(each);
        if (!before && remembered_ >= recipients_max) continue;
        counted.add(each, now);
        if (!before) ++remembered_;
        if (counted.slot_of(each) == before) continue;
        lasting_.note(message.account, limit.per, each, !before, now);
    }
    return std::nullopt;
}

std::optional<excess> ledger::take(
    const std::string& name,
    const limits& limits,
    std::span<const recipient_hash> recipients,
    time_point now,
    taken& message
) {
    message = {};
    message.account = name;
    message.at = now;
    if (!limits.any()) return std::nullopt;
    const std::lock_guard lock(mutex_);
    auto& client = account_of(name, now);
    if (auto over = over_rate(name, client, limits, now)) return over;
    if (limits.recipients) {
        if (auto over = take_recipients(client, *limits.recipients, recipients, message)) {
            return over;
        }
    }
    for (const auto& limit : limits.messages)
        message.periods.push_back(limit.per);
    if (limits.runaway != 0) {
        message.usual = true;
        client.usual.add(now);
        if (std::ranges::find(message.periods, runaway_period) == message.periods.end()) {
            message.periods.push_back(runaway_period);
        }
    }
    for (const auto length : message.periods)
        client.messages_in(length).add(now);
    changed_ = true;
    return std::nullopt;
}

void ledger::give_back(const taken& message) {
    const std::lock_guard lock(mutex_);
    const auto known = accounts_.find(message.account);
    if (known == accounts_.end()) return;
    auto& client = known->second;
    for (const auto length : message.periods)
        client.messages_in(length).remove(message.at);
    if (message.usual) client.usual.remove(message.at);
    if (!message.recipient_period) return;
    auto& counted = client.recipients_in(*message.recipient_period);
    for (const auto each : message.recipients) {
        if (counted.remove(each)) --remembered_;
        lasting_.take_back(message.account, *message.recipient_period, each);
    }
}

ledger::review ledger::look_through(time_point now) {
    const std::lock_guard lock(mutex_);
    review seen;
    std::size_t remembered = 0;
    for (auto& [name, client] : accounts_) {
        if (client.stopped) {
            const auto use = last_hour(name, client, now);
            if (use.sent + use.asked < client.stopped->threshold) release(name, client);
        }
        if (client.stopped) ++seen.stopped;
    }
    forget_empty(now);
    for (const auto& [name, client] : accounts_)
        remembered += client.remembered();
    remembered_ = remembered;
    stopped_ = seen.stopped;
    seen.released = std::exchange(released_, {});
    return seen;
}

told_part ledger::tell(time_point now) {
    const std::lock_guard lock(mutex_);
    return shared_.tell(accounts_, now);
}

std::vector<queue::lasting_words> ledger::tell_lasting(std::uint64_t teller, time_point now) {
    const std::lock_guard lock(mutex_);
    return lasting_.tell(accounts_, teller, now);
}

void ledger::hear(const std::vector<queue::node_words>& others, time_point now) {
    const std::lock_guard lock(mutex_);
    shared_.hear(others, now);
    lasting_.told();
}

void ledger::hear_lasting(const queue::node_hearing& heard, time_point now) {
    const std::lock_guard lock(mutex_);
    if (heard.from_start) lasting_.begin_anew(accounts_, now);
    for (const auto& each : heard.lasting) {
        if (const auto told = lasting_.hear(each, now)) learn_recipients(*told, now);
    }
    if (!heard.more) lasting_.heard_all();
}

void ledger::not_heard() {
    const std::lock_guard lock(mutex_);
    lasting_.lost();
}

void ledger::tell_anew() {
    const std::lock_guard lock(mutex_);
    shared_.tell_anew();
}

// They become this node's: their set is the union. Clients of others don't drive out those that are
// known here.
void ledger::learn_recipients(const told_accounts& told, time_point now) {
    for (const auto& [name, client] : told) {
        const bool has_room = accounts_.contains(name) || accounts_.size() < accounts_max;
        if (!has_room) continue;
        auto& known = accounts_[name];
        if (known.touched == time_point()) known.touched = now;
        for (const auto& each : client.recipients) {
            const bool is_new =
                std::ranges::find(known.recipients, each.length(), &distinct_count::length) ==
                known.recipients.end();
            if (is_new && known.recipients.size() >= periods_heard_max) continue;
            auto& counted = known.recipients_in(each.length());
            for (const auto& [recipient, slot] : each.all()) {
                const bool fits =
                    remembered_ < recipients_max || counted.slot_of(recipient).has_value();
                if (fits && counted.learn(recipient, slot, now)) ++remembered_;
            }
        }
        changed_ = true;
    }
}

std::optional<std::string> ledger::changes(time_point now) {
    const std::lock_guard lock(mutex_);
    if (!std::exchange(changed_, false)) return std::nullopt;
    forget_empty(now);
    return record_of(accounts_);
}

void ledger::changes_lost() {
    const std::lock_guard lock(mutex_);
    changed_ = true;
}

bool ledger::restore(std::string_view text) {
    auto read = read_record(text);
    const std::lock_guard lock(mutex_);
    accounts_ = read ? std::move(*read) : std::unordered_map<std::string, account>();
    remembered_ = 0;
    for (const auto& [name, client] : accounts_)
        remembered_ += client.remembered();
    return read.has_value();
}

std::size_t ledger::size() const {
    const std::lock_guard lock(mutex_);
    return accounts_.size();
}

}  // namespace kurir::quota
