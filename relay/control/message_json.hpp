// A message as it leaves this relay for another one: its envelope as JSON (EXPORT.md; read by
// announced_message.hpp). Pure.
#pragma once

#include <boost/json/object.hpp>

#include <string>
#include <string_view>
#include <vector>

#include "relay/control/queue_json.hpp"
#include "relay/control/queue_view.hpp"

namespace kurir::control {

inline constexpr std::string_view format_name = "kurir-message-1";

// Which message it is for ever: host name, id, session, and a checksum of its envelope. Replicas
// may have one host name, and give the same id to two messages in the same millisecond.
std::string origin_of(const std::string& hostname, const queue::envelope& mail);

// Of one message: `deliveries` have the recipients that leave, and `message` is read. `hostname`:
// ours, for its origin.
boost::json::object exported_message(
    const std::vector<listed>& deliveries, const std::string& hostname, const clock_reading& clock
);

}  // namespace kurir::control
