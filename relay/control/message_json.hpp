// A message as it leaves one relay and enters another: its envelope as JSON (EXPORT.md). Pure.
#pragma once

#include <boost/json/object.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "queue/message.hpp"
#include "relay/base/result.hpp"
#include "relay/control/queue_json.hpp"
#include "relay/control/queue_view.hpp"

namespace kurir::control {

// Of one message: `deliveries` have the recipients that leave, and `message` is read. `hostname`:
// ours; with id and session it says for ever which message it is.
boost::json::object exported_message(
    const std::vector<listed>& deliveries, const std::string& hostname, const clock_reading& clock
);

// What is known of a message before its content: sizes, chunks and needs are not yet set, nor is
// the id. Its names are those of its recipients: the origin with a place.
struct announced_message {
    std::string origin;
    std::uint64_t size = 0;  // bytes of the content that is to come
    queue::submission mail;
    std::vector<std::uint32_t> places = {};  // of each recipient in the envelope of the origin
};
// The error is a sentence that names the field.
base::result<announced_message, std::string> announced(
    const boost::json::object& all, const clock_reading& clock
);

// Drops recipients; one at least must stay. `left_out`: of each recipient.
void leave_out(announced_message& message, const std::vector<bool>& left_out);

// "2026-11-27T01:02:03.004Z".
std::optional<queue::time_point> read_exact_utc(std::string_view text);

}  // namespace kurir::control
