#include "relay/control/queue_json.hpp"

#include <boost/json/array.hpp>

#include <algorithm>
#include <string>

#include "metrics/labels.hpp"
#include "relay/base/utc.hpp"
#include "relay/control/suspension_endpoints.hpp"
#include "relay/net/clock.hpp"
#include "relay/outbound/labels.hpp"

namespace kurir::control {

namespace json = boost::json;

namespace {

std::int64_t seconds_of(std::chrono::milliseconds time) {
    return std::chrono::floor<std::chrono::seconds>(time).count();
}

json::array texts_of(const std::vector<std::string>& texts) {
    json::array all;
    for (const auto& each : texts)
        all.emplace_back(each);
    return all;
}

// The reasons of its recipients, each once.
std::vector<std::string> reasons_of(const listed& entry) {
    std::vector<std::string> reasons;
    if (entry.message == nullptr) return reasons;
    for (const auto recipient : entry.chosen) {
        auto reason = reason_of(entry.waiting, *entry.message, recipient);
        if (reason.empty() || std::ranges::find(reasons, reason) != reasons.end()) continue;
        reasons.push_back(std::move(reason));
    }
    if (!entry.suspension.empty()) reasons.insert(reasons.begin(), entry.suspension);
    if (!entry.holder.empty()) reasons.insert(reasons.begin(), "tried by " + entry.holder);
    const bool is_told = std::ranges::any_of(reasons, [&](const auto& each) {
        return !entry.trouble.empty() && each.ends_with(entry.trouble);
    });
    if (!entry.obstacle.empty() && !is_told) reasons.push_back(obstacle_of(entry));
    return reasons;
}

json::object hold_json(const queue::operator_hold& hold) {
    std::string since;
    base::append_exact_utc(since, hold.since);
    return {{"by", hold.operator_name}, {"reason", hold.reason}, {"since", since}};
}

}  // namespace

std::string time_text(queue::time_point time, const clock_reading& clock) {
    std::string text;
    base::append_exact_utc(text, time + clock.calendar_ahead);
    return text;
}

clock_reading read_clocks() {
    return {.now = net::wall_now(), .calendar_ahead = net::calendar_ahead()};
}

json::object json_of(const listed& entry, const clock_reading& clock) {
    const auto& waiting = entry.waiting;
    json::object made{
        {"id", waiting.id.text()},
        {"state", text_of(entry.state)},
        {"priority", text_of(waiting.priority)},
        {"received_at", time_text(waiting.received_at, clock)},
        {"age_s", seconds_of(clock.now - waiting.received_at)},
        {"size", waiting.size},
        {"attempts", waiting.attempts},
        {"domain", waiting.domain},
        {"destination", entry.destination},
        {"route", waiting.terms->route},
        {"user", waiting.terms->credential},
        {"tenant", waiting.tenant},
    };
    // What is due and waits has been asked to wait by its destination.
    const bool waits = entry.state != queue::backlog::state::active &&
                       entry.state != queue::backlog::state::held && waiting.due > clock.now;
    if (waits) made["next_attempt_at"] = time_text(waiting.due, clock);
    if (!entry.holder.empty()) made["node"] = entry.holder;
    if (waiting.terms->hold) made["hold"] = hold_json(*waiting.terms->hold);
    if (entry.message == nullptr) return made;
    const auto& mail = entry.message->mail;
    made["from"] = mail.reverse_path;
    made["client"] = mail.client;
    json::array recipients;
    for (const auto each : entry.chosen) {
        if (each < mail.recipients.size()) recipients.emplace_back(mail.recipients[each].address);
    }
    made["to"] = std::move(recipients);
    made["why"] = texts_of(reasons_of(entry));
    return made;
}

json::object json_of(const queue::stored_message& message, const clock_reading& clock) {
    const auto& mail = message.mail;
    json::array recipients;
    for (std::uint32_t at = 0; at < mail.recipients.size(); ++at) {
        json::object one{{"address", mail.recipients[at].address}};
        const auto state = std::ranges::find(message.states, at, &queue::recipient_state::index);
        if (state != message.states.end()) {
            one["attempts"] = state->attempts;
            one["last_attempt_at"] = time_text(state->last_attempt, clock);
            one["status"] = state->status;
            one["reply"] = state->diagnostic;
            one["remote"] = state->remote;
        }
        recipients.push_back(std::move(one));
    }
    return {
        {"id", mail.id.text()},
        {"from", mail.reverse_path},
        {"received_at", time_text(mail.received_at, clock)},
        {"age_s", seconds_of(clock.now - mail.received_at)},
        {"size", mail.size},
        {"header_size", mail.header_size},
        {"chunks", mail.chunks},
        {"client", mail.client},
        {"session", mail.session},
        {"listener", mail.extras->listener},
        {"idempotency_key", mail.extras->idempotency_key},
        {"user", mail.terms->credential},
        {"message_id", mail.message_id_header},
        {"envid", mail.extras->envid},
        {"is_bounce", mail.origin == queue::origin::dsn},
        {"recipients", std::move(recipients)},
    };
}

json::object json_of(const outbound::explanation& reason, const clock_reading& clock) {
    json::object made{
        {"domain", reason.domain},
        {"recipients", reason.recipients.size()},
        {"attempts", reason.attempts},
        {"state", text_of(reason.state)},
        {"destination", reason.site},
        {"ahead_at_most", reason.ahead_at_most},
    };
    if (reason.withheld) made["withheld_by"] = metrics::text(outbound::label_of(*reason.withheld));
    if (reason.until) made["until"] = time_text(*reason.until, clock);
    if (!reason.claimed_by.empty()) made["node"] = reason.claimed_by;
    if (!reason.last_trouble.empty()) made["last_trouble"] = reason.last_trouble;
    if (reason.hold) made["hold"] = hold_json(*reason.hold);
    if (reason.suspended_by) made["suspension"] = json_of(*reason.suspended_by);
    return made;
}

json::object json_of(const std::string& key, const group_sum& sum, const clock_reading& clock) {
    json::array ages;
    for (const auto each : sum.by_age)
        ages.emplace_back(each);
    json::object made{
        {"key", key},
        {"deliveries", sum.deliveries},
        {"recipients", sum.recipients},
        {"bytes", sum.bytes},
        {"by_age", std::move(ages)},
    };
    if (sum.oldest) made["oldest_at"] = time_text(*sum.oldest, clock);
    return made;
}

json::object json_of(const order_state& order) {
    return {
        {"order", order.number},
        {"action", text_of(order.order->action)},
        {"selection", order.selection},
        {"by", order.order->operator_name},
        {"reason", order.order->reason},
        {"dry_run", order.dry_run},
        {"matched", order.matched},
        {"recipients", order.recipients},
        {"done", order.done},
        {"busy", order.busy},
        {"busy_elsewhere", order.busy_elsewhere},
        {"waiting", order.waiting},
        {"over", order.over},
        {"stopped", order.stopped},
    };
}

}  // namespace kurir::control
