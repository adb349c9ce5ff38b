#include "relay/outbound/report_collector.hpp"

#include <algorithm>
#include <utility>

namespace kurir::outbound {

std::optional<report_collector::report> report_collector::add(
    failed_attempt failure, time_point now
) {
    const auto& mail = failure.ended.attempt.message->mail;
    const auto recipients = mail.recipients.size();
    const auto [message, is_first] = messages_.try_emplace(mail.id);
    auto& waiting = message->second;
    if (is_first) waiting.due = now + patience;
    waiting.recipients += failure.ended.fates.size();
    waiting.failures.push_back(std::move(failure));
    if (waiting.recipients >= recipients) return take(message);
    if (messages_.size() > messages_max) return take(oldest());
    return std::nullopt;
}

std::vector<report_collector::report> report_collector::due(time_point now) {
    std::vector<report> found;
    for (auto each = messages_.begin(); each != messages_.end();) {
        const auto message = each++;
        if (message->second.due <= now) found.push_back(take(message));
    }
    return found;
}

std::vector<report_collector::report> report_collector::all() {
    return due(time_point::max());
}

std::optional<report_collector::time_point> report_collector::next() const {
    if (messages_.empty()) return std::nullopt;
    const auto first =
        std::ranges::min_element(messages_, {}, [](const auto& each) { return each.second.due; });
    return first->second.due;
}

report_collector::report report_collector::take(messages::iterator message) {
    auto failures = std::move(message->second.failures);
    messages_.erase(message);
    return failures;
}

report_collector::messages::iterator report_collector::oldest() {
    return std::ranges::min_element(messages_, {}, [](const auto& each) {
        return each.second.due;
    });
}

}  // namespace kurir::outbound
