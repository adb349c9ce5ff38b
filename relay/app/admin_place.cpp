#include "relay/app/admin_place.hpp"

#include <utility>

#include "relay/app/control_room.hpp"
#include "relay/config/host.hpp"
#include "relay/config/single_setting.hpp"

namespace kurir::app {

std::variant<admin::address, config::problems> admin_address(const config::environment& variables) {
    const auto machine = config::this_host();
    const auto read = [&](std::string_view name) {
        return config::parse_alone(name, variables, machine);
    };
    auto url = read("KURIR_ADMIN");
    if (auto* wrong = std::get_if<config::problems>(&url)) return std::move(*wrong);
    auto& place = std::get<config::config>(url).admin;
    if (!place.base.empty()) {
        auto roots = read("KURIR_ADMIN_CA");
        if (auto* wrong = std::get_if<config::problems>(&roots)) return std::move(*wrong);
        return admin::address{
            .url = std::move(place.base),
            .token = std::move(place.token),
            .ca_file = std::move(std::get<config::config>(roots).admin_ca),
        };
    }
    auto folder = read("KURIR_QUEUE_DIR");
    if (auto* wrong = std::get_if<config::problems>(&folder)) return std::move(*wrong);
    return admin::address{.socket = admin_socket(std::get<config::config>(folder).queue_dir)};
}

}  // namespace kurir::app
