// What the API says of a destination. Pure.
#pragma once

#include <boost/json/object.hpp>

#include <string>

#include "relay/control/queue_json.hpp"
#include "relay/control/queue_view.hpp"
#include "relay/outbound/destination_view.hpp"

namespace kurir::control {

// `mail`: what the queue has for it; null: nothing.
boost::json::object json_of(
    const outbound::destination_view& view, const group_sum* mail, const clock_reading& clock
);

// Its hosts with their addresses, and what it replied in the last hour.
void add_details(
    boost::json::object& made, const outbound::destination_view& view, const clock_reading& clock
);

}  // namespace kurir::control
