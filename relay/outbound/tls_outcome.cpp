#include "relay/outbound/tls_outcome.hpp"

#include "relay/net/handshake_fault.hpp"

namespace kurir::outbound {

namespace {

metrics::remote_certificate label_of_certificate(const boost::system::error_code& error) {
    using label = metrics::remote_certificate;
    using net::certificate_fault;
    if (!error) return label::valid;
    if (error == certificate_fault::missing) return label::missing;
    if (error == certificate_fault::wrong_name) return label::wrong_name;
    if (error == certificate_fault::expired) return label::expired;
    if (error == certificate_fault::not_yet_valid) return label::not_yet_valid;
    if (net::is_self_signed(error)) return label::self_signed;
    if (error == certificate_fault::untrusted) return label::untrusted;
    return label::invalid;
}

metrics::remote_tls_failure label_of_handshake(const boost::system::error_code& error) {
    using label = metrics::remote_tls_failure;
    using net::handshake_fault;
    if (error.category() == net::certificate_category()) return label::certificate;
    switch (net::fault_of(error)) {
        case handshake_fault::closed:
            return label::closed;
        case handshake_fault::timeout:
            return label::timeout;
        case handshake_fault::clear_text:
            return label::clear_text;
        case handshake_fault::version:
            return label::version;
        case handshake_fault::cipher:
            return label::cipher;
        case handshake_fault::rejected:
            return label::rejected;
        case handshake_fault::flood:
            return label::flood;
        case handshake_fault::alpn:
        case handshake_fault::shutdown:
        case handshake_fault::other:
            break;
    }
    return label::other;
}

}  // namespace

facts::remote_protection protection_of(
    const tls_plan& plan,
    const smtp::opening::session& session,
    const std::optional<net::tls_session>& tls
) {
    if (!tls) {
        const bool refused = session.starttls_refused;
        return {.in_clear = refused ? metrics::clear_reason::failed : plan.in_clear};
    }
    return {
        .version = tls->version,
        .cipher = tls->cipher,
        .certificate = label_of_certificate(tls->certificate_error),
        .resumed = tls->resumed,
    };
}

void count(const facts::remote_protection& protection, metrics::outbound& metrics) {
    if (protection.version.empty()) return metrics.outbound_clear_total(protection.in_clear).inc();
    auto version = metrics::tls_version::older;
    if (protection.version == "TLSv1.3") version = metrics::tls_version::v1_3;
    if (protection.version == "TLSv1.2") version = metrics::tls_version::v1_2;
    metrics.outbound_tls_total(version, protection.certificate).inc();
    if (protection.resumed) metrics.outbound_tls_resumed_total.inc();
}

metrics::remote_tls_failure label_of(
    smtp::security_failure failure, const boost::system::error_code& error
) {
    using smtp::security_failure;
    if (failure == security_failure::starttls_not_offered) {
        return metrics::remote_tls_failure::not_offered;
    }
    if (failure == security_failure::handshake_failed) return label_of_handshake(error);
    return metrics::remote_tls_failure::refused;
}

}  // namespace kurir::outbound
