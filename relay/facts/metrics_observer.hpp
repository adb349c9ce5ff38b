// Counts facts.
#pragma once

#include "metrics/inbound.hpp"
#include "relay/facts/observer.hpp"

namespace kurir::facts {

class metrics_observer final : public observer {
public:
    // The metrics must outlive it.
    explicit metrics_observer(metrics::inbound& inbound) : inbound_(inbound) {}

    void on_received(const received& fact) override;
    void on_refused(const refused& fact) override;
    void on_session_ended(const session_ended& fact) override;

private:
    metrics::inbound& inbound_;
};

}  // namespace kurir::facts
