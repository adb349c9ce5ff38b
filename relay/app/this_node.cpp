#include "relay/app/this_node.hpp"

#include "relay/config/addresses.hpp"
#include "relay/config/host.hpp"

namespace kurir::app {

queue::node_facts this_node(const config::config& config) {
    const auto& api = config.admin_listen;
    return {
        .host = config::this_host().name,
        .version = KURIR_VERSION,
        .address = api ? config::endpoint_text(*api) : std::string(),
    };
}

relay_names names_of(const config::config& config) {
    relay_names names{.machine = config::this_host().name};
    if (config.admin_listen) names.admin_port = config.admin_listen->port();
    return names;
}

}  // namespace kurir::app
