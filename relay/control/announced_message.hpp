// A message that another relay hands over, before its content: what its envelope says as JSON
// (EXPORT.md; written by message_json.hpp). Pure.
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

namespace kurir::control {

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
