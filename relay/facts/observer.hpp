// The observers of facts: the log and the metrics; others can be added.
#pragma once

#include <initializer_list>
#include <vector>

#include "relay/facts/delivery.hpp"
#include "relay/facts/reception.hpp"

namespace kurir::facts {

// Hears each fact once, on the thread where it was made; so any number of threads call at a time.
// It must not block or throw, and values that a fact refers to are valid only during the call.
class observer {
public:
    virtual ~observer() = default;

    virtual void on_received(const received&) {}
    virtual void on_repeated(const repeated&) {}
    virtual void on_refused(const refused&) {}
    virtual void on_client_told(const client_told&) {}
    virtual void on_proxy_failed(const proxy_failed&) {}
    virtual void on_tls_agreed(const tls_agreed&) {}
    virtual void on_certificate_shown(const certificate_shown&) {}
    virtual void on_tls_failed(const tls_failed&) {}
    virtual void on_login_ended(const login_ended&) {}
    virtual void on_session_ended(const session_ended&) {}

    virtual void on_attempted(const attempted&) {}
    virtual void on_delivered(const delivered&) {}
    virtual void on_discarded(const discarded&) {}
    virtual void on_deferred(const deferred&) {}
    virtual void on_bounced(const bounced&) {}
    virtual void on_undeliverable(const undeliverable&) {}
    virtual void on_dsn_queued(const dsn_queued&) {}
    virtual void on_dsn_undeliverable(const dsn_undeliverable&) {}
    virtual void on_claim_lost(const claim_lost&) {}
};

// All observers, in the order in which they hear a fact. Filled once, by the composition root.
class observers {
public:
    // Each must outlive all code that reports facts.
    observers(std::initializer_list<observer*> all) : all_(all) {}

    void tell(const received& fact) const { tell(&observer::on_received, fact); }
    void tell(const repeated& fact) const { tell(&observer::on_repeated, fact); }
    void tell(const refused& fact) const { tell(&observer::on_refused, fact); }
    void tell(const client_told& fact) const { tell(&observer::on_client_told, fact); }
    void tell(const proxy_failed& fact) const { tell(&observer::on_proxy_failed, fact); }
    void tell(const tls_agreed& fact) const { tell(&observer::on_tls_agreed, fact); }
    void tell(const certificate_shown& fact) const { tell(&observer::on_certificate_shown, fact); }
    void tell(const tls_failed& fact) const { tell(&observer::on_tls_failed, fact); }
    void tell(const login_ended& fact) const { tell(&observer::on_login_ended, fact); }
    void tell(const session_ended& fact) const { tell(&observer::on_session_ended, fact); }
    void tell(const attempted& fact) const { tell(&observer::on_attempted, fact); }
    void tell(const delivered& fact) const { tell(&observer::on_delivered, fact); }
    void tell(const discarded& fact) const { tell(&observer::on_discarded, fact); }
    void tell(const deferred& fact) const { tell(&observer::on_deferred, fact); }
    void tell(const bounced& fact) const { tell(&observer::on_bounced, fact); }
    void tell(const undeliverable& fact) const { tell(&observer::on_undeliverable, fact); }
    void tell(const dsn_queued& fact) const { tell(&observer::on_dsn_queued, fact); }
    void tell(const dsn_undeliverable& fact) const { tell(&observer::on_dsn_undeliverable, fact); }
    void tell(const claim_lost& fact) const { tell(&observer::on_claim_lost, fact); }

private:
    template <class Fact>
    void tell(void (observer::*hear)(const Fact&), const Fact& fact) const {
        for (auto* each : all_)
            (each->*hear)(fact);
    }

    const std::vector<observer*> all_;
};

}  // namespace kurir::facts
