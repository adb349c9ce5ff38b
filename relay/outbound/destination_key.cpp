#include "relay/outbound/destination_key.hpp"

#include <boost/container_hash/hash.hpp>

#include <functional>
#include <string_view>

namespace kurir::outbound {

std::string destination_key::name() const {
    std::string rest = rate_class;
    const auto add = [&rest](std::string_view label, std::string_view value) {
        if (!rest.empty()) rest += ", ";
        rest.append(label).append("=").append(value);
    };
    if (!route.empty()) add("route", route);
    if (tls != tls_policy::may) add("tls", text_of(tls));
    if (!credential.empty()) add("credential", credential);
    if (source.given()) add("source", source.text());
    return rest.empty() ? site : site + " (" + rest + ')';
}

std::size_t destination_key_hash::operator()(const destination_key& key) const noexcept {
    std::size_t seed = std::hash<std::string_view>()(key.site);
    boost::hash_combine(seed, static_cast<unsigned>(key.tls));
    for (const auto* text : {&key.route, &key.credential, &key.rate_class}) {
        if (!text->empty()) boost::hash_combine(seed, std::hash<std::string_view>()(*text));
    }
    for (const auto* address : {&key.source.v4, &key.source.v6}) {
        if (*address) boost::hash_combine(seed, std::hash<boost::asio::ip::address>()(**address));
    }
    return seed;
}

}  // namespace kurir::outbound
