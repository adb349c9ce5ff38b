#include "relay/sasl/server.hpp"

#include <cassert>
#include <utility>

#include "relay/base/text.hpp"
#include "relay/sasl/base64.hpp"
#include "relay/sasl/digest.hpp"
#include "relay/sasl/mechanisms.hpp"
#include "relay/sasl/server_password.hpp"
#include "relay/sasl/server_scram.hpp"
#include "relay/sasl/server_token.hpp"

namespace kurir::sasl {

server_step server_exchange::begin(std::optional<std::string_view> initial) {
    if (initial) return respond(*initial);
    return challenge{};
}

server_step server_exchange::on_keys(const scram_keys& /*keys*/) {
    assert(false && "nobody asked for keys");
    return malformed{};
}

server_step server_exchange::on_token(const std::optional<std::string>& /*name*/) {
    assert(false && "nobody asked for a token");
    return malformed{};
}

std::vector<std::string_view> offered_mechanisms(const server_terms& terms) {
    std::vector<std::string_view> offered;
    const bool readable = terms.secure || terms.passwords_in_clear;
    if (terms.keys && terms.channel.available()) offered.push_back(scram_plus);
    if (terms.keys) offered.push_back(scram);
    if (terms.passwords && readable) {
        offered.push_back(plain);
        offered.push_back(login);
    }
    if (terms.tokens && readable) {
        offered.push_back(oauthbearer);
        offered.push_back(xoauth2);
    }
    return offered;
}

std::unique_ptr<server_exchange> begin_exchange(std::string_view mechanism, server_terms terms) {
    std::string_view chosen;
    for (const auto each : offered_mechanisms(terms))
        if (base::equal_ignoring_case(each, mechanism)) chosen = each;
    if (chosen == plain) return std::make_unique<plain_exchange>();
    if (chosen == login) return std::make_unique<login_exchange>();
    if (chosen == oauthbearer) return std::make_unique<oauthbearer_exchange>();
    if (chosen == xoauth2) return std::make_unique<xoauth2_exchange>();
    if (chosen.empty()) return nullptr;
    return std::make_unique<scram_exchange>(
        chosen == scram_plus, std::move(terms.channel), std::move(terms.nonce)
    );
}

std::string draw_nonce() {
    constexpr std::size_t nonce_bytes = 18;
    return encode_base64(random_bytes(nonce_bytes));
}

}  // namespace kurir::sasl
