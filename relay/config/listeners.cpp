#include "relay/config/listeners.hpp"

#include <algorithm>

#include "relay/config/addresses.hpp"
#include "relay/config/listener_profile.hpp"
#include "relay/config/words.hpp"

namespace kurir::config {
namespace {

// One of KURIR_LISTEN: address:port or a port, and perhaps ?name=value&name=value.
std::optional<std::string> read_listener(std::string_view word, listen_address& value) {
    const auto address = word.substr(0, word.find('?'));
    const auto suffix = word.substr(address.size());
    const auto place = place_to_listen_of(address);
    if (!place) {
        return "has '" + std::string(word) +
               "', which is not address:port or a port, such as "
               "127.0.0.1:2525, [::1]:2525 or :2525";
    }
    value.endpoint = place->endpoint;
    value.any_family = place->any_family;
    if (suffix.empty()) return std::nullopt;
    const auto wrong = read_listener_profile(suffix.substr(1), value.profile);
    if (!wrong) return std::nullopt;
    return "has '" + std::string(word) + "': " + *wrong;
}

}  // namespace

std::optional<std::string> read_listeners(
    std::string_view text, std::vector<listen_address>& value
) {
    value.clear();
    for (const auto word : words(text)) {
        listen_address added;
        if (auto wrong = read_listener(word, added)) return wrong;
        const auto twice = [&](const auto& each) {
            return each.endpoint == added.endpoint && added.endpoint.port() != 0;
        };
        if (std::ranges::any_of(value, twice)) {
            return "has " + endpoint_text(added.endpoint) + " twice";
        }
        value.push_back(added);
    }
    if (value.empty()) return "names no address";
    // [::] accepts IPv4 too, unless 0.0.0.0 has the port.
    for (auto& each : value) {
        const auto& endpoint = each.endpoint;
        each.dual_stack = endpoint.address().is_v6() && endpoint.address().is_unspecified() &&
                          std::ranges::none_of(value, [&](const auto& other) {
                              return other.endpoint.address().is_v4() &&
                                     other.endpoint.port() == endpoint.port() &&
                                     endpoint.port() != 0;
                          });
    }
    return std::nullopt;
}

std::vector<std::string> names_of(const std::vector<listen_address>& listeners) {
    std::vector<std::string> names;
    for (const auto& each : listeners) {
        if (!each.profile.name.empty()) names.push_back(each.profile.name);
    }
    return names;
}

std::string listener_text(const listen_address& listener) {
    return endpoint_text(listener.endpoint) + listener_profile_text(listener.profile);
}

}  // namespace kurir::config
