// How TLS with a remote server came out, as log and metrics tell it. Pure.
#pragma once

#include <boost/system/error_code.hpp>

#include <optional>

#include "metrics/labels.hpp"
#include "metrics/outbound.hpp"
#include "relay/facts/delivery.hpp"
#include "relay/net/tls.hpp"
#include "relay/outbound/tls_plan.hpp"
#include "relay/smtp/opening.hpp"

namespace kurir::outbound {

// Of an open session. `tls`: what was agreed on, if anything.
facts::remote_protection protection_of(
    const tls_plan& plan,
    const smtp::opening::session& session,
    const std::optional<net::tls_session>& tls
);

void count(const facts::remote_protection& protection, metrics::outbound& metrics);

// Why TLS was not agreed on. `error`: of the handshake, if it came to that.
metrics::remote_tls_failure label_of(
    smtp::security_failure failure, const boost::system::error_code& error
);

}  // namespace kurir::outbound
