#include "relay/inbound/submission_limits.hpp"

#include <algorithm>
#include <utility>

#include "relay/base/text.hpp"

namespace kurir::inbound {

namespace {

// The others need not be told when less is missing: they know the rate.
bool says_nothing_new(const std::vector<told_rate>& next, const std::vector<told_rate>& told) {
    return std::ranges::equal(next, told, [](const told_rate& later, const told_rate& earlier) {
        return later.key == earlier.key && later.count == earlier.count &&
               later.taken == earlier.taken && later.missing <= earlier.missing;
    });
}

}  // namespace

std::optional<submission_limits::excess> submission_limits::admit(
    const std::string& network, const std::string& sender, net::clock::time_point now
) {
    if (unlimited_) return std::nullopt;
    const auto client_key = key_of(network);
    const auto sender_key = key_of(base::lowered(sender));
    const std::lock_guard lock(mutex_);
    const auto client_ready = by_client_.ready_at(client_key, now);
    const auto sender_ready = sender.empty() ? now : by_sender_.ready_at(sender_key, now);
    const auto ready = std::max(client_ready, sender_ready);
    if (ready > now) {
        excess over;
        over.limit = sender_ready > client_ready ? scope::sender : scope::client;
        over.wait = std::chrono::ceil<std::chrono::seconds>(ready - now);
        return over;
    }
    by_client_.take(client_key, now);
    if (!sender.empty()) by_sender_.take(sender_key, now);
    return std::nullopt;
}

quota::told_part submission_limits::tell(std::uint64_t teller, net::clock::time_point now) {
    if (unlimited_) return {.text = {}, .is_news = false};
    const std::lock_guard lock(mutex_);
    next_ = {.clients = by_client_.tell(now), .senders = by_sender_.tell(now)};
    const bool is_known = told_ && says_nothing_new(next_.clients, told_->clients) &&
                          says_nothing_new(next_.senders, told_->senders);
    const rate_words words{.teller = teller, .clients = next_.clients, .senders = next_.senders};
    return {.text = text_of(words), .is_news = !is_known};
}

void submission_limits::hear(
    const std::vector<queue::node_words>& others, net::clock::time_point now
) {
    if (unlimited_) return;
    std::vector<heard_rates> clients;
    std::vector<heard_rates> senders;
    for (const auto& each : others) {
        auto words = read_rate_words(quota::find_part(each.text, part_name));
        if (!words) continue;
        clients.push_back({words->teller, each.age, std::move(words->clients)});
        senders.push_back({words->teller, each.age, std::move(words->senders)});
    }
    const std::lock_guard lock(mutex_);
    told_ = std::exchange(next_, {});
    by_client_.hear(clients, clients.size() + 1, now);
    by_sender_.hear(senders, senders.size() + 1, now);
}

void submission_limits::tell_anew() {
    const std::lock_guard lock(mutex_);
    told_.reset();
}

smtp::postponement postponement_of(const submission_limits::excess& over, std::string_view client) {
    const bool of_sender = over.limit == submission_limits::scope::sender;
    return {
        450,
        {4, 7, 1},
        "Too many messages of " + std::string(of_sender ? "this sender" : client) +
            ", try again in " + std::to_string(over.wait.count()) + " s",
        smtp::reject_reason::rate_limited
    };
}

}  // namespace kurir::inbound
