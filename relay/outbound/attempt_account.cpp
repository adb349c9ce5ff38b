#include "relay/outbound/attempt_account.hpp"

#include <algorithm>
#include <cassert>

#include "relay/net/clock.hpp"
#include "relay/outbound/labels.hpp"

namespace kurir::outbound {

namespace {

facts::attempt attempt_of(const ending& end) {
    return {
        .message = end.mail,
        .delivery = end.attempted,
        .route = end.record.route,
        .host = end.record.host,
        .address = end.record.address,
        .port = end.record.port,
        .reused = end.record.reused,
        .converted = end.record.converted,
        .protection = end.record.protection.get(),
    };
}

// Finished by a rule: no server has it.
bool is_discarded(const recipient_fate& fate) {
    return fate.verdict.outcome == outcome::delivered && fate.verdict.cause == cause::rule;
}

bool is_known(const recipient_fate& fate, outcome outcome) {
    return !fate.untried && fate.verdict.outcome == outcome && !is_discarded(fate);
}

std::size_t count_of(const ending& end, outcome outcome) {
    return static_cast<std::size_t>(std::ranges::count_if(end.fates, [&](const auto& fate) {
        return is_known(fate, outcome);
    }));
}

void tell_failure(
    const facts::observers& observers,
    const aftermath& after,
    const recipient_fate& fate,
    const facts::recipient_result& result
) {
    const facts::failure failure{result, label_of(fate.verdict.reason), fate.expired};
    if (after.bounced && !fate.copy) {
        observers.tell(facts::bounced{failure, after.settlement.bounce->mail, after.shortened});
    } else {
        observers.tell(facts::undeliverable{failure, fate.copy});
    }
}

void tell_fate(
    const facts::observers& observers,
    const ending& end,
    const facts::attempt& attempt,
    const recipient_fate& fate,
    queue::time_point now
) {
    const auto& verdict = fate.verdict;
    const facts::recipient_result result{
        .attempt = attempt,
        .recipient = end.mail.recipients[fate.recipient].address,
        .attempts = fate.attempts,
        .stage = label_of(verdict.stage),
        .cause = label_of(verdict.cause),
        .status = verdict.status,
        .response = verdict.diagnostic,
        .ambiguous = verdict.ambiguous,
        .age = now - end.mail.received_at,
        .lasted = end.record.lasted,
    };
    if (is_discarded(fate)) return observers.tell(facts::discarded{result});
    switch (verdict.outcome) {
        case outcome::delivered:
            return observers.tell(facts::delivered{result});
        case outcome::deferred:
            assert(fate.next_attempt);
            return observers.tell(facts::deferred{result, *fate.next_attempt - now});
        case outcome::failed:
            break;
    }
    tell_failure(observers, end.after, fate, result);
}

}  // namespace

void tell(const facts::observers& observers, const ending& end, std::size_t later) {
    const auto attempt = attempt_of(end);
    if (!end.record.told) {
        observers.tell(facts::attempted{
            .attempt = attempt,
            .recipients = end.fates.size() + later,
            .delivered = count_of(end, outcome::delivered),
            .deferred = count_of(end, outcome::deferred),
            .failed = count_of(end, outcome::failed) + later,
            .lasted = net::clock::now() - end.record.started,
        });
    }
    const auto time = net::wall_now();
    for (const auto& fate : end.fates) {
        if (!fate.untried) tell_fate(observers, end, attempt, fate, time);
    }
}

void tell_report(
    const facts::observers& observers, const queue::envelope& mail, const aftermath& after
) {
    if (after.settlement.bounce) {
        const auto& bounce = *after.settlement.bounce;
        observers.tell(facts::dsn_queued{bounce.mail, bounce.deliveries.front().priority});
    }
    // A message whose bounce can't be delivered ends here and in the queue's event record.
    if (after.undeliverable) {
        observers.tell(facts::dsn_undeliverable{mail, *after.settlement.event});
    }
}

void tell_lost(const facts::observers& observers, const ending& lost) {
    observers.tell(facts::claim_lost{
        .attempt = attempt_of(lost),
        .recipients = lost.fates.size(),
        .delivered = count_of(lost, outcome::delivered),
    });
}

}  // namespace kurir::outbound
