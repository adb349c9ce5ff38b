#include "relay/outbound/aftermath.hpp"

#include <algorithm>
#include <cassert>
#include <chrono>
#include <iterator>
#include <map>
#include <utility>

#include "queue/backoff.hpp"
#include "relay/base/text.hpp"
#include "relay/message/bounce.hpp"
#include "relay/message/trace.hpp"
#include "relay/outbound/lifetime.hpp"

namespace kurir::outbound {

namespace {

const queue::recipient_state* earlier_state(
    const queue::stored_message& message, std::uint32_t recipient
) {
    const auto found = std::find_if(
        message.states.begin(),
        message.states.end(),
        [recipient](const queue::recipient_state& each) { return each.index == recipient; }
    );
    return found == message.states.end() ? nullptr : &*found;
}

queue::backoff backoff_of(const config::config& config) {
    using std::chrono::duration_cast;
    using std::chrono::milliseconds;
    return {
        .first = duration_cast<milliseconds>(config.retry_min),
        .longest = duration_cast<milliseconds>(config.retry_max),
        .lifetime = duration_cast<milliseconds>(config.max_queue_time),
    };
}

// When what could not be tried for a shortage of our own is tried.
constexpr std::chrono::seconds put_off_pause{5};

// For recipients that come again at once: later than the entry that goes.
queue::time_point next_entry(const attempt_end& end) {
    return std::max(end.now, end.attempted.due + std::chrono::milliseconds(1));
}

// No bounce for a bounce, nor for any mail of the null sender (Q004, Q010).
// The path was checked when it came, perhaps by more liberal rules than ours: its form is not
// judged again, for a sender who is not told has lost mail.
bool can_be_told(const queue::stored_message& message) {
    return message.mail.reverse_path.find('@') != std::string::npos;
}

// A failure that the sender is told, if there is one.
bool is_to_be_told(const recipient_fate& fate) {
    return fate.verdict.outcome == outcome::failed && !fate.copy;
}

recipient_fate fate_of(
    const config::config& config, const attempt_end& end, const recipient_verdict& said
) {
    const auto* earlier = earlier_state(end.message, said.recipient);
    recipient_fate fate;
    fate.recipient = said.recipient;
    fate.verdict = said.verdict;
    fate.copy = end.message.mail.recipients.at(said.recipient).dsn->notify.never;
    const auto before = earlier != nullptr ? earlier->attempts : 0;
    if (said.untried) {
        fate.untried = true;
        fate.attempts = before;
        fate.verdict.outcome = outcome::deferred;
        fate.next_attempt = next_entry(end);
        return fate;
    }
    fate.attempts = before + 1;
    if (said.verdict.outcome != outcome::deferred) return fate;

    if (said.verdict.shortage) {
        --fate.attempts;
        fate.next_attempt = end.now + put_off_pause;
        return fate;
    }

    const queue::attempt_facts facts{
        .attempts = fate.attempts,
        .age = queue_age(config, end.message.mail.received_at, end.now),
        .greylisted = said.verdict.greylisted && fate.attempts == 1,
        .hint = said.verdict.retry_hint,
    };
    const auto pause = backoff_of(config).next(facts, end.draw);
    if (pause) {
        fate.next_attempt = end.now + *pause;
    } else {
        fate.expired = true;
        fate.verdict = expired(said.verdict);
    }
    return fate;
}

queue::recipient_state state_of(
    const queue::stored_message& message, queue::time_point now, const recipient_fate& fate
) {
    const auto* earlier = earlier_state(message, fate.recipient);
    if (fate.untried) {
        queue::recipient_state untouched;
        untouched.index = fate.recipient;
        return earlier != nullptr ? *earlier : untouched;
    }
    return {
        .index = fate.recipient,
        .attempts = fate.attempts,
        .last_attempt = now,
        .status = fate.verdict.status.text(),
        .diagnostic = fate.verdict.diagnostic,
        .remote = fate.verdict.remote,
        .unknown_items = earlier != nullptr ? earlier->unknown_items : std::string(),
    };
}

// Recipients that come again at the same time stay together.
std::vector<queue::delivery> deliveries_again(
    const queue::delivery& attempted, const std::vector<recipient_fate>& fates
) {
    std::map<queue::time_point, queue::delivery> by_time;
    for (const auto& fate : fates) {
        if (!fate.next_attempt) continue;
        auto& again = by_time[*fate.next_attempt];
        if (again.recipients.empty()) {
            again = attempted;
            again.due = *fate.next_attempt;
            again.recipients.clear();
            again.attempts = 0;
        }
        again.recipients.push_back(fate.recipient);
        again.attempts = std::max(again.attempts, fate.attempts);
    }
    std::vector<queue::delivery> all;
    all.reserve(by_time.size());
    for (auto& [time, again] : by_time) {
        std::sort(again.recipients.begin(), again.recipients.end());
        all.push_back(std::move(again));
    }
    return all;
}

queue::submission bounce_for(
    const config::config& config,
    const ended_attempts& end,
    const std::vector<recipient_fate>& fates,
    const std::string& recipient,
    std::string_view& shortened
) {
    const auto& mail = end.message.mail;
    const auto& prefix = mail.extras->prefix;
    const auto prefixed = prefix.empty() ? std::string() : prefix + end.message.first_chunk;
    message::bounce_request request{
        .reporting_mta = config.hostname,
        .contact = config.postmaster,
        .original = mail,
        .original_text = prefixed.empty() ? end.message.first_chunk : prefixed,
        .full_size_max = config.bounce_full_size,
        .now = end.now,
        .calendar_ahead = end.calendar_ahead,
        .id = end.bounce_id,
    };
    for (const auto& fate : fates) {
        if (!is_to_be_told(fate)) continue;
        request.failed.push_back({
            .recipient = mail.recipients.at(fate.recipient).address,
            .status = fate.verdict.status,
            .diagnostic = fate.verdict.diagnostic,
            .remote = fate.verdict.remote,
            .said_by_remote = fate.verdict.said_by_remote,
            .expired = fate.expired,
        });
    }
    auto composed = message::compose_bounce(request);
    shortened = composed.shortened;
    if (recipient != mail.reverse_path) {
        const auto field = message::original_to_field(mail.reverse_path);
        composed.text.insert(0, field);
        composed.header_size += static_cast<std::uint32_t>(field.size());
    }

    queue::submission bounce;
    bounce.mail.id = end.bounce_id;
    bounce.mail.recipients = {{.address = recipient}};
    bounce.mail.received_at = end.now;
    bounce.mail.origin = queue::origin::dsn;
    bounce.mail.size = composed.text.size();
    bounce.mail.header_size = composed.header_size;
    bounce.mail.chunks = 1;
    bounce.mail.needs = composed.needs;
    bounce.mail.message_id_header = composed.message_id;
    bounce.deliveries.push_back({
        .id = end.bounce_id,
        .due = end.now,
        .recipients = {0},
        .domain = base::lowered(recipient.substr(recipient.rfind('@') + 1)),
        .received_at = end.now,
        .size = composed.text.size(),
        .tenant = "dsn",
    });
    bounce.last_chunk = std::move(composed.text);
    return bounce;
}

// An attempt that is settled alone, whatever became of its recipients.
ended_attempts alone(
    const attempt_end& end, queue::delivery attempted, std::vector<recipient_fate> fates
) {
    ended_attempts ended{
        .message = end.message,
        .attempted = {},
        .fates = std::move(fates),
        .now = end.now,
        .calendar_ahead = end.calendar_ahead,
        .bounce_id = end.bounce_id,
    };
    ended.attempted.push_back(std::move(attempted));
    return ended;
}

std::string undeliverable_event(const queue::stored_message& message, const recipient_fate& fate) {
    const bool is_bounce = message.mail.origin == queue::origin::dsn;
    return std::string(
               is_bounce ? "undeliverable bounce " : "undeliverable mail of the null sender "
           ) +
           message.mail.id.text() + " to " + message.mail.recipients.at(fate.recipient).address +
           ": " + fate.verdict.diagnostic;
}

}  // namespace

std::vector<recipient_fate> fates_of(const config::config& config, const attempt_end& end) {
    assert(end.verdicts.size() == end.attempted.recipients.size());
    std::vector<recipient_fate> fates;
    fates.reserve(end.verdicts.size());
    for (const auto& said : end.verdicts)
        fates.push_back(fate_of(config, end, said));
    return fates;
}

aftermath conclude(const config::config& config, const attempt_end& end) {
    return conclude(config, alone(end, end.attempted, fates_of(config, end)));
}

aftermath conclude(const config::config& config, ended_attempts ended) {
    assert(!ended.attempted.empty());
    aftermath after;
    auto& settlement = after.settlement;
    settlement.attempted = std::move(ended.attempted.front());
    settlement.others.assign(
        std::make_move_iterator(ended.attempted.begin() + 1),
        std::make_move_iterator(ended.attempted.end())
    );
    after.fates = std::move(ended.fates);
    const recipient_fate* failed = nullptr;
    for (const auto& fate : after.fates) {
        if (fate.next_attempt) {
            settlement.unfinished.push_back(state_of(ended.message, ended.now, fate));
        } else {
            settlement.finished.push_back(fate.recipient);
        }
        if (is_to_be_told(fate)) failed = &fate;
    }
    settlement.again = deliveries_again(settlement.attempted, after.fates);
    assert(settlement.others.empty() || settlement.again.empty());
    if (failed == nullptr) return after;

    if (can_be_told(ended.message)) {
        // In staging the sender may be a stranger, too.
        const auto& redirected = config.redirect_all_to;
        const auto& recipient = redirected.empty() ? ended.message.mail.reverse_path : redirected;
        settlement.bounce = bounce_for(config, ended, after.fates, recipient, after.shortened);
        after.bounced = true;
    } else {
        settlement.event = undeliverable_event(ended.message, *failed);
        after.undeliverable = true;
    }
    return after;
}

division divide(const config::config& config, const attempt_end& end) {
    auto fates = fates_of(config, end);
    const bool others_may_fail = fates.size() < end.message.mail.recipients.size();
    const bool gathers =
        others_may_fail && std::ranges::any_of(fates, is_to_be_told) && can_be_told(end.message);
    if (!gathers) {
        return {.at_once = conclude(config, alone(end, end.attempted, std::move(fates)))};
    }
    std::vector<recipient_fate> failed;
    std::ranges::copy_if(fates, std::back_inserter(failed), is_to_be_told);
    std::erase_if(fates, is_to_be_told);
    division parts;
    if (fates.empty()) {
        parts.later = {end.attempted, std::move(failed)};
        return parts;
    }
    auto withheld = end.attempted;
    withheld.entry = {};
    withheld.due = next_entry(end);
    withheld.recipients.clear();
    for (const auto& each : failed)
        withheld.recipients.push_back(each.recipient);
    std::ranges::sort(withheld.recipients);
    parts.at_once = conclude(config, alone(end, end.attempted, std::move(fates)));
    parts.at_once->settlement.withheld = withheld;
    parts.later = {std::move(withheld), std::move(failed)};
    return parts;
}

}  // namespace kurir::outbound
