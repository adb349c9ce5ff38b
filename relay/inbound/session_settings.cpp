#include "relay/inbound/session_settings.hpp"

namespace kurir::inbound {

namespace {

smtp::server_settings dialogue_settings(const config::config& config) {
    smtp::server_settings settings;
    settings.hostname = config.hostname;
    settings.message_size_max = config.max_message_size;
    settings.recipients_max = config.max_recipients;
    settings.errors_max = config.max_errors;
    settings.bare_newline = config.bare_newline == config::newline_policy::reject
                                ? smtp::newline_policy::reject
                                : smtp::newline_policy::normalize;
    settings.local_domain = config.local_domain;
    if (!config.postmaster.empty()) {
        settings.postmaster = smtp::parse_mailbox(config.postmaster, true).value;
    }
    return settings;
}

message::intake_settings message_settings(const config::config& config) {
    message::intake_settings settings;
    settings.hostname = config.hostname;
    settings.hops_max = config.max_hops;
    settings.header_size_max = config.max_header_size;
    settings.line_length_max = config.max_line_length;
    settings.header.fixup = config.header_fixup;
    settings.header.local_domain = config.local_domain;
    settings.header.kept = config.keep_headers;
    return settings;
}

}  // namespace

session_settings::session_settings(
    const config::config& config_value,
    submission_limits& limits_value,
    quiet_log& quiet_value,
    queue::store& store_value,
    metrics::inbound& metrics_value
)
    : config(config_value),
      smtp(dialogue_settings(config_value)),
      intake(message_settings(config_value)),
      limits(limits_value),
      quiet(quiet_value),
      store(store_value),
      metrics(metrics_value),
      started(net::clock::now()) {}

}  // namespace kurir::inbound
