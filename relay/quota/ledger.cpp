#include "relay/quota/ledger.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "relay/quota/record.hpp"

namespace kurir::quota {

namespace {

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
    if (known == accounts_.end()) {
        account none;
        return over_rate(name, none, limits, now);
    }
    auto& client = known->second;
    if (client.stopped && limits.runaway == 0) release(name, client);
    const auto usual = client.usual.find(now);
    if (limits.runaway != 0 && usual) {
        const bool was_stopped = client.stopped.has_value();
        if (is_stopped(name, client, limits.runaway, now)) {
            return excess{
                .brake = brake::runaway,
                .sent = client.messages_in(runaway_period).count(now),
                .usual = *usual,
                .begins = !was_stopped,
            };
        }
    }
    return over_rate(name, client, limits, now);
}

// Deferred messages count as sent while a client is stopped: it goes on when it asks for less.
bool ledger::is_stopped(
    const std::string& name, account& client, std::uint64_t factor, time_point now
) {
    const auto threshold = std::max(runaway_floor, factor * client.usual.find(now).value_or(0));
    auto sent = client.messages_in(runaway_period).count(now);
    if (client.stopped) sent += client.stopped->asked.count(now);
    if (sent < threshold) {
        if (client.stopped) release(name, client);
        return false;
    }
    if (!client.stopped) {
        client.usual.cap(now);
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
    return used + fresh < limit.count ? answer::fresh : answer::too_many;
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
        auto& counted = client.recipients_in(limits.recipients->per);
        for (const auto each : recipients) {
            if (!counted.has(each, now)) message.recipients.push_back(each);
        }
        if (counted.count(now) + message.recipients.size() > limits.recipients->count) {
            message.recipients.clear();
            const auto wait = until(counted.next_forgotten(now), now);
            return excess{.brake = brake::recipients, .wait = wait};
        }
        message.recipient_period = limits.recipients->per;
        for (const auto each : recipients) {
            const bool known = counted.has(each, now);
            if (known || remembered_ < recipients_max) counted.add(each, now);
            if (!known && remembered_ < recipients_max) ++remembered_;
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
    }
}

ledger::review ledger::look_through(time_point now) {
    const std::lock_guard lock(mutex_);
    review seen;
    std::size_t remembered = 0;
    for (auto& [name, client] : accounts_) {
        if (client.stopped) {
            const auto sent = client.messages_in(runaway_period).count(now);
            const bool fell = sent + client.stopped->asked.count(now) < client.stopped->threshold;
            if (fell) release(name, client);
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

std::optional<std::string> ledger::tell(time_point now) {
    const std::lock_guard lock(mutex_);
    return shared_.tell(accounts_, now);
}

void ledger::hear(const std::vector<queue::node_words>& others, time_point now) {
    const std::lock_guard lock(mutex_);
    shared_.hear(others, now);
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
