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

}  // namespace kurir::app
