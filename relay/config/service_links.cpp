#include "relay/config/service_links.hpp"

#include <algorithm>
#include <array>

#include "relay/base/numeric_address.hpp"
#include "relay/config/addresses.hpp"
#include "relay/config/units.hpp"

namespace kurir::config {
namespace {

constexpr std::array<std::string_view, 3> protocols{"tcp", "udp", "sctp"};

bool is_protocol(std::string_view text) {
    return std::ranges::find(protocols, text) != protocols.end();
}

// tcp://10.0.0.1:25
bool is_link(std::string_view value) {
    const auto scheme = value.find("://");
    return scheme != std::string_view::npos && is_protocol(value.substr(0, scheme)) &&
           endpoint_of(value.substr(scheme + 3)).has_value();
}

bool is_address(std::string_view value) {
    return base::numeric_address(value).has_value();
}

bool is_number(std::string_view value) {
    return number_of(value).has_value();
}

// Whether the name ends in "_PORT_<number>_<PROTOCOL>" and `suffix`.
bool names_a_port(std::string_view name, std::string_view suffix) {
    if (!name.ends_with(suffix)) return false;
    name.remove_suffix(suffix.size());
    const auto protocol = name.rfind('_');
    if (protocol == std::string_view::npos) return false;
    const auto last = name.substr(protocol + 1);
    if (last != "TCP" && last != "UDP" && last != "SCTP") return false;
    name = name.substr(0, protocol);
    const auto number = name.rfind('_');
    return number != std::string_view::npos && is_number(name.substr(number + 1)) &&
           name.substr(0, number).ends_with("_PORT");
}

}  // namespace

bool is_service_link(std::string_view name, std::string_view value) {
    if (name.ends_with("_PORT") && is_link(value)) return true;
    if (name.ends_with("_SERVICE_HOST")) return is_address(value);
    if (name.find("_SERVICE_PORT") != std::string_view::npos) return is_number(value);
    if (names_a_port(name, "")) return is_link(value);
    if (names_a_port(name, "_PROTO")) return is_protocol(value);
    if (names_a_port(name, "_PORT")) return is_number(value);
    return names_a_port(name, "_ADDR") && is_address(value);
}

}  // namespace kurir::config
