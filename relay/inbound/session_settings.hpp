// The surroundings that all sessions share, and the settings from a configuration.
#pragma once

#include <memory>
#include <mutex>

#include "metrics/inbound.hpp"
#include "queue/store.hpp"
#include "relay/config/live_config.hpp"
#include "relay/facts/observer.hpp"
#include "relay/inbound/login_desk.hpp"
#include "relay/inbound/quiet_log.hpp"
#include "relay/inbound/submission_limits.hpp"
#include "relay/message/intake.hpp"
#include "relay/net/clock.hpp"
#include "relay/quota/ledger.hpp"
#include "relay/signing/signing_desk.hpp"
#include "relay/smtp/server_dialogue.hpp"
#include "relay/suppression/shared_list.hpp"

namespace kurir::inbound {

// A configuration, with the values that sessions derive from it.
struct session_settings {
    explicit session_settings(config::snapshot config);

    const config::snapshot config;
    const smtp::server_settings smtp;
    const message::intake_settings intake;
    const bool rewrites;  // envelopes or headers, by any rule
};

// The settings for a session that begins now. Thread-safe.
class live_session_settings {
public:
    explicit live_session_settings(const config::live_config& config);

    std::shared_ptr<const session_settings> get() const;

private:
    const config::live_config& config_;
    mutable std::mutex mutex_;
    mutable std::shared_ptr<const session_settings> made_;  // of the configuration seen last
};

// What all sessions share. It outlives the sessions, and everything it refers to outlives it.
struct session_surroundings {
    submission_limits& limits;
    quota::ledger& counts;                         // of clients with permissions
    const suppression::shared_list& suppressions;  // beside those of the configuration
    login_desk* desk;                              // null: nobody can log in
    signing::signing_desk* signing;                // null: nothing is signed
    quiet_log& quiet;                              // of sessions in which nothing was said
    quiet_log& quiet_handshakes;                   // of those in which TLS was not agreed on
    queue::store& store;
    metrics::inbound& metrics;  // of commands, clients and limits; of mail, the facts' observers
    const facts::observers& observers;
    net::clock::time_point started;  // of the process, for HELP STATUS
};

}  // namespace kurir::inbound
