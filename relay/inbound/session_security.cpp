// TLS of a session: another part of session.cpp.
#include <algorithm>
#include <chrono>
#include <utility>

#include "metrics/enumerators.hpp"
#include "relay/inbound/session.hpp"
#include "relay/net/handshake_fault.hpp"

namespace kurir::inbound {

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {

// Nobody needs so long; who may have less time for a command has no more here.
constexpr auto handshake_limit = 30s;

// For the alert that says what we did not like.
constexpr auto farewell_limit = 2s;

metrics::tls_version version_label(std::string_view version) noexcept {
    if (version == "TLSv1.3") return metrics::tls_version::v1_3;
    return version == "TLSv1.2" ? metrics::tls_version::v1_2 : metrics::tls_version::older;
}

metrics::tls_name name_label(const net::tls_session& agreed) noexcept {
    if (agreed.server_name.empty()) return metrics::tls_name::none;
    return agreed.server_name_known ? metrics::tls_name::known : metrics::tls_name::unknown;
}

}  // namespace

bool session::is_implicit() const noexcept {
    return tls_ && profile_.used_tls() == config::listener_tls::implicit;
}

// False if the client is gone, or hears nothing more. One that is turned away from a port that
// speaks TLS from the first byte hears nothing: a handshake is the work that there is no time for.
asio::awaitable<bool> session::begin() {
    if (proxied_ && !refused_) {
        const bool told = co_await hear_proxy();
        if (!told) co_return false;
        dialogue_.change_rights(client_.rights);
    }
    dialogue_.offer_login(login_.policy());
    if (is_implicit() && !refused_) {
        const bool agreed = co_await agree();
        if (!agreed) co_return false;
        take_certificate();
        dialogue_.begin_as(smtp::security::active);
        dialogue_.change_rights(client_.rights);
    } else if (tls_ && !is_implicit()) {
        const bool required = profile_.used_tls() == config::listener_tls::require;
        dialogue_.begin_as(required ? smtp::security::required : smtp::security::offered);
    }
    greet();
    co_return true;
}

asio::awaitable<bool> session::start_tls() {
    const bool written = co_await flush();
    if (!written) co_return false;
    const bool agreed = co_await agree();
    if (!agreed) co_return false;
    dialogue_.secured();
    forget_client();
    take_certificate();
    dialogue_.change_rights(client_.rights);
    if (refused_) dialogue_.end(*refused_);
    co_return true;
}

// What was said in clear, perhaps by somebody else, counts no more: nor does a login.
void session::forget_client() {
    if (client_.credential.empty()) return;
    auto nobody = client_;
    nobody.credential.clear();
    judge(nobody, *settings_->config);
    become(std::move(nobody));
}

asio::awaitable<bool> session::agree() {
    const auto limit = std::min<net::clock::duration>(command_time(), handshake_limit);
    const auto deadline = net::clock::now() + limit;
    auto agreed = co_await stream_.start_tls(*tls_, net::tls_role::server, "", deadline);
    if (!agreed) {
        on_disagreement(agreed.error());
        co_await stream_.linger(net::clock::now() + farewell_limit);
        co_return false;
    }
    secured_ = std::move(*agreed);
    around_.observers.tell(facts::tls_agreed{
        .version = version_label(secured_->version),
        .name = name_label(*secured_),
        .resumed = secured_->resumed,
    });
    co_return true;
}

void session::on_disagreement(boost::system::error_code error) {
    const auto fault = net::fault_of(error);
    const bool stopped = fault == net::handshake_fault::shutdown;
    disagreed_ = !stopped;
    if (!stopped) ended_ = metrics::session_end::tls_failed;
    if (stopped && !leaving_) ended_ = metrics::session_end::shutdown;
    around_.observers.tell(facts::tls_failed{
        .client = submitter(),
        .reason = metrics::same_named<metrics::tls_failure>(fault),
        .error = error.message(),
        .implicit = is_implicit(),
        .summed = is_summed(),
    });
}

facts::protection session::protection() const {
    if (!secured_) return {};
    return {
        .version = secured_->version,
        .cipher = secured_->cipher,
        .server_name = secured_->server_name,
        .resumed = secured_->resumed,
    };
}

}  // namespace kurir::inbound
