#include "relay/inbound/session_settings.hpp"

#include <optional>
#include <utility>

#include "relay/base/text.hpp"
#include "relay/rewrite/envelope.hpp"
#include "relay/rewrite/header.hpp"

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

// Never nothing if the setting is there: then mail would go to its recipients.
std::optional<smtp::mailbox> redirection(const config::config& config) {
    const auto& text = config.redirect_all_to;
    if (text.empty()) return std::nullopt;
    if (auto parsed = smtp::parse_mailbox(text, true).value) return parsed;
    const auto at = text.rfind('@');
    return smtp::mailbox{text.substr(0, at), base::lowered(text.substr(at + 1))};
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
    settings.hide_client = config.hide_client;
    settings.redirect_to = redirection(config);
    return settings;
}

}  // namespace

session_settings::session_settings(config::snapshot snapshot)
    : config(std::move(snapshot)),
      smtp(dialogue_settings(*config)),
      intake(message_settings(*config)),
      rewrites(rewrite::changes_headers(*config) || rewrite::changes_envelopes(*config)) {}

live_session_settings::live_session_settings(const config::live_config& config)
    : config_(config), made_(std::make_shared<const session_settings>(config.get())) {}

std::shared_ptr<const session_settings> live_session_settings::get() const {
    auto current = config_.get();
    const std::lock_guard lock(mutex_);
    if (made_->config != current) {
        made_ = std::make_shared<const session_settings>(std::move(current));
    }
    return made_;
}

}  // namespace kurir::inbound
