// Writes facts to the log, a line for each.
#pragma once

#include "relay/facts/observer.hpp"

namespace kurir::facts {

class log_observer final : public observer {
public:
    void on_received(const received& fact) override;
    void on_repeated(const repeated& fact) override;
    void on_refused(const refused& fact) override;
    void on_client_told(const client_told& fact) override;
    void on_proxy_failed(const proxy_failed& fact) override;
    void on_certificate_shown(const certificate_shown& fact) override;
    void on_tls_failed(const tls_failed& fact) override;
    void on_login_ended(const login_ended& fact) override;
    void on_session_ended(const session_ended& fact) override;

    void on_attempted(const attempted& fact) override;
    void on_delivered(const delivered& fact) override;
    void on_discarded(const discarded& fact) override;
    void on_deferred(const deferred& fact) override;
    void on_bounced(const bounced& fact) override;
    void on_undeliverable(const undeliverable& fact) override;
    void on_dsn_queued(const dsn_queued& fact) override;
    void on_dsn_undeliverable(const dsn_undeliverable& fact) override;
    void on_claim_lost(const claim_lost& fact) override;
};

}  // namespace kurir::facts
