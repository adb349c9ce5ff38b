#include "relay/inbound/client.hpp"

#include "relay/base/numeric_address.hpp"
#include "relay/inbound/admission.hpp"
#include "relay/net/stream.hpp"

namespace kurir::inbound {

std::string counted_as(const client& client) {
    return client.credential.empty() ? client.network : "user:" + client.credential;
}

client client_at(const boost::asio::ip::address& address, const config::config& config) {
    client known;
    known.address = address;
    judge(known, config);
    return known;
}

void judge(client& known, const config::config& config) {
    const auto& address = known.judged_address();
    known.address_text = address.to_string();
    known.network = client_network(address);
    const bool trusted = !known.unknown && config.trusted_networks.contains(address);
    known.rights.may_relay = trusted || !known.credential.empty();
    known.rights.has_credential = !known.credential.empty();
    known.rights.may_name_client = !known.unknown && config.xclient_networks.contains(address);
}

client behind(client known, const proxy_claim& claim, const config::config& config) {
    known.unknown = claim.subject == proxy_claim::about::unknown;
    if (claim.subject == proxy_claim::about::client) known.told_address = claim.source.address();
    if (claim.subject != proxy_claim::about::proxy) known.proxy_text = known.address.to_string();
    judge(known, config);
    return known;
}

client behind(client known, const smtp::client_claims& claims, const config::config& config) {
    known.proxy_text = known.address.to_string();
    // The session begins again: a login of before does not count, but the handshake's certificate
    // does.
    const bool by_certificate = known.credential.starts_with("cert:");
    if (claims.address.given || claims.login.given || !by_certificate) {
        known.credential = claims.login.value.value_or("");
    }
    if (claims.address.given) {
        known.told_address = base::numeric_address(claims.address.value.value_or(""));
        known.unknown = !known.told_address;
        if (known.told_address) known.told_address = net::unmapped(*known.told_address);
    }
    judge(known, config);
    return known;
}

}  // namespace kurir::inbound
