// What a connection to one server does about TLS, by the policy and what is known of the server.
//
// Pure. Only the policy `may` ever goes in clear, and never on the connection on which a handshake
// failed.
#pragma once

#include "metrics/labels.hpp"
#include "relay/config/config.hpp"
#include "relay/outbound/destination_key.hpp"
#include "relay/outbound/hosts.hpp"
#include "relay/outbound/verdict.hpp"
#include "relay/smtp/opening.hpp"

namespace kurir::outbound {

struct tls_plan {
    smtp::opening_terms::tls encryption = smtp::opening_terms::tls::never;
    metrics::clear_reason in_clear = metrics::clear_reason::policy;  // why it is, if it will be

    bool wants_tls() const { return encryption != smtp::opening_terms::tls::never; }
    bool operator==(const tls_plan&) const = default;
};

// `failed_lately`: TLS failed with this server within the last hour.
tls_plan plan_tls(const host_address& host, bool failed_lately);

// For a new connection to the server with which TLS has just failed, `trouble`. Nothing if that is
// not why, or if no connection in clear may follow.
std::optional<tls_plan> plan_in_clear(const host_address& host, const verdict& trouble);

// Whether both ask the same of TLS with every server.
bool asks_same_of_tls(const config::config& first, const config::config& second);

// The name for which the certificate of this server must hold, and which is told to the server: the
// relayhost's name or, for mail that DNS routes, the name of the MX host.
//
// Why the MX host and not the domain of the recipients: it is what MTA-STS checks (RFC 8461 section
// 4.1) and what servers for many domains can have; a certificate for each customer's domain they
// can't (RFC 7672 section 3.2.2 checks both because DNSSEC vouches for the name of the host).
// Connections are shared by domains with the same hosts, too. So this holds against those who
// listen or who change what is sent, not against those who forge DNS answers: against these, a rule
// of KURIR_ROUTES names the server.
std::string verified_name(const host_address& host);

}  // namespace kurir::outbound
