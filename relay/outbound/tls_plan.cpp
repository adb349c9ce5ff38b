#include "relay/outbound/tls_plan.hpp"

namespace kurir::outbound {

tls_plan plan_tls(const host_address& host, bool failed_lately) {
    using tls = smtp::opening_terms::tls;
    using metrics::clear_reason;
    if (host.tls == tls_policy::off) return {};
    if (host.implicit_tls) return {.encryption = tls::implicit};
    if (host.tls != tls_policy::may) return {.encryption = tls::required};
    if (failed_lately) return {.in_clear = clear_reason::failed_lately};
    return {.encryption = tls::if_offered, .in_clear = clear_reason::not_offered};
}

std::optional<tls_plan> plan_in_clear(const host_address& host, const verdict& trouble) {
    if (host.tls != tls_policy::may || host.implicit_tls) return std::nullopt;
    if (trouble.cause != cause::tls) return std::nullopt;
    return tls_plan{.in_clear = metrics::clear_reason::failed};
}

bool asks_same_of_tls(const config::config& first, const config::config& second) {
    return first.remote_tls == second.remote_tls &&
           first.remote_tls_rules.text() == second.remote_tls_rules.text() &&
           first.relayhost_tls == second.relayhost_tls;
}

std::string verified_name(const host_address& host) {
    // The name of a domain literal is [192.0.2.1].
    const bool is_literal = host.name.starts_with('[');
    return is_literal ? host.endpoint.address().to_string() : host.name;
}

}  // namespace kurir::outbound
