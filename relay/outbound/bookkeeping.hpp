// Where the ends of attempts are written, and who is told of them.
#pragma once

#include "metrics/metrics.hpp"
#include "queue/store.hpp"
#include "relay/facts/observer.hpp"
#include "relay/outbound/claim_guard.hpp"
#include "relay/signing/signing_desk.hpp"

namespace kurir::outbound {

// All references must outlive every object that gets this value.
struct bookkeeping {
    queue::store& store;
    metrics::outbound& metrics;  // of connections, waits and shortages
    metrics::queue& queue_metrics;
    const facts::observers& observers;         // of what becomes of mail
    signing::signing_desk* signing = nullptr;  // of bounces; null: they are not signed
    claim_guard* claims = nullptr;             // of a queue that others share; null: nobody does
};

}  // namespace kurir::outbound
