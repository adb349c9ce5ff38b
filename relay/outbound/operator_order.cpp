#include "relay/outbound/operator_order.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <utility>

namespace kurir::outbound {

namespace {

using recipients = std::vector<std::uint32_t>;

recipients all_but(const recipients& all, const recipients& meant) {
    recipients others;
    std::ranges::set_difference(all, meant, std::back_inserter(others));
    return others;
}

// As it is: an order is no attempt.
queue::recipient_state state_of(const queue::stored_message& message, std::uint32_t recipient) {
    const auto found = std::ranges::find(message.states, recipient, &queue::recipient_state::index);
    if (found != message.states.end()) return *found;
    queue::recipient_state untried;
    untried.index = recipient;
    return untried;
}

// Later than the entry that goes, for a new entry has another name.
queue::time_point after_entry(const queue::delivery& waiting, queue::time_point wanted) {
    return std::max(wanted, waiting.due + std::chrono::milliseconds(1));
}

queue::delivery part_of(
    const queue::delivery& waiting, recipients chosen, const queue::stored_message& message
) {
    auto part = waiting;
    part.attempts = 0;
    for (const auto each : chosen)
        part.attempts = std::max(part.attempts, state_of(message, each).attempts);
    part.recipients = std::move(chosen);
    return part;
}

void put_terms(const operator_order& order, queue::delivery& changed) {
    auto terms = *changed.terms;
    switch (order.action) {
        case order_action::hold:
            terms.hold = queue::operator_hold{order.since, order.operator_name, order.reason};
            break;
        case order_action::release:
            terms.hold.reset();
            break;
        case order_action::reroute:
            terms.route = order.route;
            break;
        case order_action::retry:
        case order_action::remove:
        case order_action::bounce:
            break;
    }
    changed.terms = std::move(terms);
}

}  // namespace

bool concerns(const operator_order& order, const queue::delivery& waiting) {
    if (waiting.received_at > order.given) return false;
    const bool held = waiting.terms->hold.has_value();
    switch (order.action) {
        case order_action::retry:
        case order_action::hold:
            return !held;
        case order_action::release:
            return held;
        case order_action::reroute:
            return waiting.terms->route != order.route;
        case order_action::remove:
        case order_action::bounce:
            break;
    }
    return true;
}

queue::settlement settlement_of(
    const operator_order& order,
    const queue::delivery& waiting,
    const recipients& meant,
    const queue::stored_message& message,
    queue::time_point now
) {
    queue::settlement end;
    end.attempted = waiting;
    if (auto others = all_but(waiting.recipients, meant); !others.empty()) {
        auto rest = part_of(waiting, std::move(others), message);
        rest.due = after_entry(waiting, waiting.due);
        end.again.push_back(std::move(rest));
    }
    if (order.action == order_action::remove) {
        end.finished = meant;
    } else {
        auto changed = part_of(waiting, meant, message);
        put_terms(order, changed);
        const bool at_once =
            order.action != order_action::hold && !order.keeps_due && !changed.terms->hold;
        // What was due later is tried now, too: its name has another time then.
        const bool sooner = at_once && now < waiting.due;
        changed.due = sooner ? now : after_entry(waiting, at_once ? now : waiting.due);
        end.again.push_back(std::move(changed));
    }
    for (const auto& each : end.again) {
        for (const auto recipient : each.recipients)
            end.unfinished.push_back(state_of(message, recipient));
    }
    return end;
}

std::vector<recipient_verdict> bounce_verdicts(
    const operator_order& order, const queue::delivery& waiting, const recipients& meant
) {
    const std::string text = order.text.empty() ? "returned by the operator" : order.text;
    std::vector<recipient_verdict> verdicts;
    verdicts.reserve(waiting.recipients.size());
    for (const auto recipient : waiting.recipients) {
        recipient_verdict made;
        made.recipient = recipient;
        made.untried = !std::ranges::binary_search(meant, recipient);
        if (!made.untried) made.verdict = returned_by_operator(text);
        verdicts.push_back(std::move(made));
    }
    return verdicts;
}

}  // namespace kurir::outbound
