#include "relay/inbound/login_attempt.hpp"

#include <cassert>
#include <utility>

#include "relay/sasl/base64.hpp"
#include "relay/sasl/mechanisms.hpp"

namespace kurir::inbound {

namespace {

metrics::login_mechanism label_of(std::string_view mechanism) noexcept {
    using label = metrics::login_mechanism;
    if (mechanism == sasl::scram_plus) return label::scram_plus;
    if (mechanism == sasl::scram) return label::scram;
    if (mechanism == sasl::oauthbearer) return label::oauthbearer;
    if (mechanism == sasl::xoauth2) return label::xoauth2;
    return mechanism == sasl::login ? label::login : label::plain;
}

static_assert(
    metrics::text(metrics::login_mechanism::plain) == sasl::plain &&
    metrics::text(metrics::login_mechanism::login) == sasl::login &&
    metrics::text(metrics::login_mechanism::scram) == sasl::scram &&
    metrics::text(metrics::login_mechanism::scram_plus) == sasl::scram_plus &&
    metrics::text(metrics::login_mechanism::oauthbearer) == sasl::oauthbearer &&
    metrics::text(metrics::login_mechanism::xoauth2) == sasl::xoauth2
);

}  // namespace

login_attempt::login_attempt(std::string_view mechanism, sasl::server_terms terms)
    : exchange_(sasl::begin_exchange(mechanism, std::move(terms))), label_(label_of(mechanism)) {}

sasl::server_step login_attempt::begin(std::string_view initial) {
    if (exchange_ == nullptr) return sasl::malformed{};  // the users changed since it was offered
    if (initial.empty()) return exchange_->begin(std::nullopt);
    if (initial == "=") return exchange_->begin("");
    const auto bytes = sasl::decode_base64(initial);
    if (!bytes) return sasl::malformed{};
    return exchange_->begin(*bytes);
}

sasl::server_step login_attempt::respond(std::string_view response) {
    const auto bytes = sasl::decode_base64(response);
    if (!bytes) return sasl::malformed{};
    return exchange_->respond(*bytes);
}

}  // namespace kurir::inbound
