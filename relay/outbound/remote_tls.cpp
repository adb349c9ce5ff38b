#include "relay/outbound/remote_tls.hpp"

#include <utility>

#include "relay/net/clock.hpp"
#include "relay/outbound/tls_plan.hpp"

namespace kurir::outbound {

namespace {

constexpr std::size_t index_of(tls_policy policy) {
    return static_cast<std::size_t>(policy);
}

// An old server gets some TLS instead of none where nothing depends on it.
net::tls_settings settings_for(tls_policy policy, const std::string& ca_file) {
    return {
        .ca_file = ca_file,
        .peer = policy == tls_policy::verify ? net::peer_verification::required
                                             : net::peer_verification::reported,
        .security_level = policy == tls_policy::may ? 1 : 2,
        .resumes = true,
    };
}

// A session is resumed only where everything on which it was agreed is the same (C036).
std::string terms_text(const destination_key& key, const host_address& host) {
    std::string text;
    for (const std::string_view each :
         {std::string_view(key.route), text_of(host.tls), std::string_view(key.credential)}) {
        text.append(each).append(1, '\0');
    }
    return text + server_of(host);
}

}  // namespace

std::string remote_tls::load(const std::string& ca_file) {
    contexts made;
    for (const auto policy : {tls_policy::may, tls_policy::encrypt, tls_policy::verify}) {
        auto context = net::tls_context::make(settings_for(policy, ca_file));
        if (!context) return context.error();
        made.at(index_of(policy)) = std::move(*context);
    }
    const std::lock_guard guard(lock_);
    contexts_ = std::move(made);
    memory_.forget_sessions();
    return {};
}

tls_terms remote_tls::terms_for(const destination_key& key, const host_address& host) {
    auto terms = terms_text(key, host);
    const std::lock_guard guard(lock_);
    auto context = contexts_.at(index_of(host.tls));
    const auto keep = [this, terms, context, policy = host.tls](net::resumable_session session) {
        const std::lock_guard guard(lock_);
        // Roots that were trusted when the session was agreed on may be so no more.
        if (contexts_.at(index_of(policy)) != context) return;
        memory_.keep(terms, std::move(session), net::clock::now());
    };
    return {
        .context = context,
        .peer_name = verified_name(host),
        .resumption = {.earlier = memory_.session(terms, net::clock::now()), .keep = keep},
    };
}

void remote_tls::forget_session(const destination_key& key, const host_address& host) {
    const auto terms = terms_text(key, host);
    const std::lock_guard guard(lock_);
    memory_.forget_session(terms);
}

bool remote_tls::failed_lately(const host_address& host) const {
    const std::lock_guard guard(lock_);
    return memory_.failed_lately(server_of(host), net::clock::now());
}

void remote_tls::failed(const host_address& host) {
    const std::lock_guard guard(lock_);
    memory_.failed(server_of(host), net::clock::now());
}

}  // namespace kurir::outbound
