// One login of a client: the exchange of its mechanism, with the texts that are sent in base64.
// Pure.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "metrics/labels.hpp"
#include "relay/sasl/server.hpp"

namespace kurir::inbound {

class login_attempt {
public:
    // `mechanism` is one that is offered by these terms, in capitals.
    login_attempt(std::string_view mechanism, sasl::server_terms terms);

    // What came with AUTH: "=" is an empty response, and nothing is none (RFC 4954 section 4).
    sasl::server_step begin(std::string_view initial);
    sasl::server_step respond(std::string_view response);
    sasl::server_step on_keys(const sasl::scram_keys& keys) { return exchange_->on_keys(keys); }
    // The token is not good: what the client hears before the reply.
    sasl::server_step on_bad_token() { return exchange_->on_token(std::nullopt); }

    metrics::login_mechanism mechanism() const noexcept { return label_; }

    std::string name;   // whom the client claims to be, once that is known
    bool told = false;  // how it ended: only the reply is missing

private:
    std::unique_ptr<sasl::server_exchange> exchange_;
    metrics::login_mechanism label_;
};

}  // namespace kurir::inbound
