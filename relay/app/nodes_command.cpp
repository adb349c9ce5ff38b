#include "relay/app/nodes_command.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <cstdlib>
#include <string>

#include "relay/admin/json_fields.hpp"
#include "relay/app/admin_answer.hpp"
#include "relay/app/text_table.hpp"

namespace kurir::app {

namespace {

std::string state_of_node(const boost::json::object& node) {
    if (admin::flag_in(node, "self")) return "this one";
    return admin::flag_in(node, "alive") ? "alive" : "silent";
}

}  // namespace

int list_nodes(const admin::address& relay, bool json) {
    const auto answer = ask_relay(relay, "GET", "/api/v1/nodes");
    if (answer.status != EXIT_SUCCESS) return answer.status;
    text_table table({"NODE", "VERSION", "API", " UP", " DELIVERIES", " HEARD OF", "STATE"});
    for (const auto& each : answer.value.at("nodes").as_array()) {
        const auto& node = each.as_object();
        if (json) print_line({boost::json::serialize(node)});
        const auto address = text_in(node, "address");
        table.add({
            text_in(node, "name"),
            text_in(node, "version"),
            address.empty() ? "-" : address,
            short_duration(number_in(node, "age_s")),
            count_in(node, "deliveries"),
            short_duration(number_in(node, "silent_s")),
            state_of_node(node),
        });
    }
    if (!json) print_text(table.text());
    return EXIT_SUCCESS;
}

}  // namespace kurir::app
