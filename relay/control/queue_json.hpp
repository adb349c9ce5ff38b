// The queue as JSON, as the API answers it. Times are RFC 3339 in UTC. Pure.
#pragma once

#include <boost/json/object.hpp>

#include <chrono>
#include <string>

#include "relay/control/order_desk.hpp"
#include "relay/control/queue_view.hpp"

namespace kurir::control {

// The time by the queue's clock, and how far the calendar is ahead of it: what people read is
// calendar time.
struct clock_reading {
    queue::time_point now;
    std::chrono::milliseconds calendar_ahead{};
};
clock_reading read_clocks();
std::string time_text(queue::time_point time, const clock_reading& clock);

boost::json::object json_of(const listed& entry, const clock_reading& clock);
boost::json::object json_of(const queue::stored_message& message, const clock_reading& clock);
boost::json::object json_of(const outbound::explanation& reason, const clock_reading& clock);
boost::json::object json_of(
    const std::string& key, const group_sum& sum, const clock_reading& clock
);
boost::json::object json_of(const order_state& order);

}  // namespace kurir::control
