#include "relay/outbound/destination_key.hpp"

#include <boost/container_hash/hash.hpp>

#include <functional>
#include <string_view>

namespace kurir::outbound {

namespace {

std::string_view text_of(tls_policy policy) {
    switch (policy) {
        case tls_policy::off:
            return "off";
        case tls_policy::may:
            return "may";
        case tls_policy::encrypt:
            return "encrypt";
        case tls_policy::verify:
            break;
    }
    return "verify";
}

}  // namespace

std::string destination_key::name() const {
    std::string rest = rate_class;
    const auto add = [&rest](std::string_view label, std::string_view value) {
        if (!rest.empty()) rest += ", ";
        rest.append(label).append("=").append(value);
    };
    if (!route.empty()) add("route", route);
    if (tls != tls_policy::off) add("tls", text_of(tls));
    if (!credential.empty()) add("credential", credential);
    if (source) add("source", source->to_string());
    return rest.empty() ? site : site + " (" + rest + ')';
}

std::size_t destination_key_hash::operator()(const destination_key& key) const noexcept {
    std::size_t seed = std::hash<std::string_view>()(key.site);
    boost::hash_combine(seed, static_cast<unsigned>(key.tls));
    for (const auto* text : {&key.route, &key.credential, &key.rate_class}) {
        if (!text->empty()) boost::hash_combine(seed, std::hash<std::string_view>()(*text));
    }
    if (key.source) {
        boost::hash_combine(seed, std::hash<boost::asio::ip::address>()(*key.source));
    }
    return seed;
}

}  // namespace kurir::outbound
