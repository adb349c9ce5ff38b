// The certificate of a client: another part of session.cpp.
#include <string>
#include <utility>

#include "relay/inbound/session.hpp"

namespace kurir::inbound {

namespace {

metrics::client_certificate worth_of(const net::tls_session& agreed) {
    const auto& error = agreed.certificate_error;
    if (error == net::certificate_fault::expired) return metrics::client_certificate::expired;
    if (error == net::certificate_fault::not_yet_valid)
        return metrics::client_certificate::not_yet_valid;
    if (error == net::certificate_fault::untrusted) return metrics::client_certificate::untrusted;
    if (error) return metrics::client_certificate::other;
    return agreed.client_name.empty() ? metrics::client_certificate::nameless
                                      : metrics::client_certificate::valid;
}

}  // namespace

// A valid certificate is a credential. With another one the session goes on without: many clients
// show a certificate that is meant for others, and what they may do does not depend on it.
void session::take_certificate() {
    const bool asked = tls_->peer() != net::peer_verification::none;
    if (!asked || secured_->certificate_error == net::certificate_fault::missing) return;
    const auto worth = worth_of(*secured_);
    if (worth == metrics::client_certificate::valid) {
        auto named = client_;
        named.credential = "cert:" + secured_->client_name;
        judge(named, *settings_->config);
        become(std::move(named));
    }
    const auto& error = secured_->certificate_error;
    around_.observers.tell(facts::certificate_shown{
        .client = submitter(),
        .name = secured_->client_name,
        .result = worth,
        .error = error ? error.message() : std::string(),
    });
}

}  // namespace kurir::inbound
