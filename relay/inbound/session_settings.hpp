// What all sessions share, derived from the configuration once.
#pragma once

#include "metrics/inbound.hpp"
#include "queue/store.hpp"
#include "relay/config/config.hpp"
#include "relay/inbound/quiet_log.hpp"
#include "relay/inbound/submission_limits.hpp"
#include "relay/message/intake.hpp"
#include "relay/net/clock.hpp"
#include "relay/smtp/server_dialogue.hpp"

namespace kurir::inbound {

// Outlives the sessions, and what it refers to outlives it.
struct session_settings {
    const config::config& config;
    smtp::server_settings smtp;
    message::intake_settings intake;
    submission_limits& limits;
    quiet_log& quiet;
    queue::store& store;
    metrics::inbound& metrics;
    net::clock::time_point started;  // of the process, for HELP STATUS

    session_settings(
        const config::config& config,
        submission_limits& limits,
        quiet_log& quiet,
        queue::store& store,
        metrics::inbound& metrics
    );
};

}  // namespace kurir::inbound
