#include "relay/control/message_json.hpp"

#include <boost/json/array.hpp>

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <utility>

#include "queue/crc32c.hpp"
#include "relay/base/utc.hpp"

namespace kurir::control {

namespace json = boost::json;

namespace {

std::string calendar_text(queue::calendar_time time) {
    std::string text;
    base::append_exact_utc(text, time);
    return text;
}

json::array notify_json(const queue::dsn_notify& notify) {
    json::array words;
    if (notify.never) words.emplace_back("never");
    if (notify.success) words.emplace_back("success");
    if (notify.failure) words.emplace_back("failure");
    if (notify.delay) words.emplace_back("delay");
    return words;
}

json::object recipient_json(
    const queue::stored_message& message, std::uint32_t index, const clock_reading& clock
) {
    const auto& recipient = message.mail.recipients.at(index);
    json::object made{{"address", recipient.address}, {"place", index}};
    if (recipient.dsn->notify != queue::dsn_notify())
        made["notify"] = notify_json(recipient.dsn->notify);
    if (!recipient.dsn->original.empty()) made["orcpt"] = recipient.dsn->original;
    const auto state = std::ranges::find(message.states, index, &queue::recipient_state::index);
    if (state == message.states.end() || state->attempts == 0) return made;
    made["attempts"] = state->attempts;
    made["last_attempt_at"] = time_text(state->last_attempt, clock);
    made["status"] = state->status;
    made["reply"] = state->diagnostic;
    made["remote"] = state->remote;
    return made;
}

json::object delivery_json(const listed& entry, const clock_reading& clock) {
    const auto& waiting = entry.waiting;
    const auto& terms = *waiting.terms;
    json::array recipients;
    for (const auto index : entry.chosen)
        recipients.push_back(recipient_json(*entry.message, index, clock));
    json::object made{
        {"domain", waiting.domain},
        {"priority", text_of(waiting.priority)},
        {"tenant", waiting.tenant},
        {"attempts", waiting.attempts},
        {"next_attempt_at", time_text(waiting.due, clock)},
        {"route", terms.route},
        {"user", terms.credential},
        {"require_tls", terms.require_tls},
        {"recipients", std::move(recipients)},
    };
    if (terms.release_at) made["release_at"] = calendar_text(*terms.release_at);
    if (terms.deadline) {
        made["deadline"] = json::object{
            {"at", calendar_text(terms.deadline->at)},
            {"bounces", terms.deadline->bounces},
            {"traced", terms.deadline->traced},
        };
    }
    if (terms.hold) {
        made["hold"] = json::object{
            {"by", terms.hold->operator_name},
            {"reason", terms.hold->reason},
            {"since", calendar_text(terms.hold->since)},
        };
    }
    return made;
}

std::string_view return_word(queue::dsn_return part) {
    if (part == queue::dsn_return::full) return "full";
    return part == queue::dsn_return::headers ? "hdrs" : "";
}

}  // namespace

std::string origin_of(const std::string& hostname, const queue::envelope& mail) {
    // Nothing of it changes as long as it is in the queue.
    auto sum = queue::crc32c(mail.message_id_header + '\n' + mail.reverse_path);
    for (const auto& each : mail.recipients)
        sum = queue::crc32c('\n' + each.address, sum);
    return hostname + '/' + mail.id.text() + '/' + mail.session + '/' + std::to_string(sum);
}

json::object exported_message(
    const std::vector<listed>& deliveries, const std::string& hostname, const clock_reading& clock
) {
    const auto& message = *deliveries.front().message;
    const auto& mail = message.mail;
    json::array parts;
    for (const auto& each : deliveries)
        parts.push_back(delivery_json(each, clock));
    return {
        {"format", format_name},
        {"origin", origin_of(hostname, mail)},
        {"id", mail.id.text()},
        {"from", mail.reverse_path},
        {"received_at", time_text(mail.received_at, clock)},
        {"size", mail.size},
        {"chunks", mail.chunks},
        {"is_bounce", mail.origin == queue::origin::dsn},
        {"client", mail.client},
        {"session", mail.session},
        {"listener", mail.extras->listener},
        {"idempotency_key", mail.extras->idempotency_key},
        {"message_id", mail.message_id_header},
        {"envid", mail.extras->envid},
        {"ret", return_word(mail.extras->ret)},
        {"trace_parent", mail.extras->trace_parent},
        {"trace_state", mail.extras->trace_state},
        {"deliveries", std::move(parts)},
    };
}

}  // namespace kurir::control
