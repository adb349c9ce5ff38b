#include "relay/outbound/evidence.hpp"

#include <algorithm>

#include "relay/outbound/throttling.hpp"

namespace kurir::outbound {

namespace {

// RFC 3463: X.1.x is about an address, X.2.x about a mailbox.
bool concerns_recipient(const verdict& said) {
    if (said.cause != cause::reply) return false;
    const bool of_mailbox = said.status.subject == 1 || said.status.subject == 2;
    return said.greylisted ||
           (of_mailbox && (said.stage == stage::rcpt || said.stage == stage::eod));
}

bool is_of_server(const verdict& said) {
    return said.outcome != outcome::deferred;
}

// It refused, in words that say that there are too many connections.
bool asks_for_fewer_connections(const verdict& said) {
    return said.outcome == outcome::deferred && said.cause == cause::reply &&
           is_about_connections(said.diagnostic);
}

// It answered, and may serve another connection. A login that fails fails for all of them, unless
// the server says that there are too many.
bool is_of_session(const verdict& trouble) {
    if (trouble.stage != stage::auth) return outbound::is_of_session(trouble.stage);
    const bool was_broken = trouble.cause == cause::lost || trouble.cause == cause::timeout;
    return was_broken || (trouble.cause == cause::reply && is_about_amount(trouble.diagnostic));
}

report of_connection(const verdict& trouble) {
    if (trouble.outcome != outcome::deferred || trouble.cause == cause::local) {
        return {.result = report::kind::nothing};
    }
    return {
        .result = is_of_session(trouble) ? report::kind::no_session : report::kind::unreachable,
        .why = trouble,
        .fewer = asks_for_fewer_connections(trouble),
    };
}

}  // namespace

report evidence_of(
    const std::vector<recipient_verdict>& said, bool reached, const std::optional<verdict>& trouble
) {
    if (!reached) {
        return trouble ? of_connection(*trouble) : report{.result = report::kind::nothing};
    }
    // A server that took the message for somebody, or refused somebody for good, serves us.
    const auto verdict_of = [](const recipient_verdict& each) -> const verdict& {
        return each.verdict;
    };
    if (said.empty() || std::ranges::any_of(said, is_of_server, verdict_of)) {
        return {.result = report::kind::succeeded};
    }
    const auto of_all = std::ranges::find_if_not(said, concerns_recipient, verdict_of);
    if (of_all == said.end()) return {.result = report::kind::put_off, .why = said.front().verdict};
    if (of_all->verdict.cause == cause::local) return {.result = report::kind::nothing};
    return {
        .result = report::kind::refused,
        .why = of_all->verdict,
        .fewer = asks_for_fewer_connections(of_all->verdict),
    };
}

}  // namespace kurir::outbound
