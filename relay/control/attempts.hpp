// Every attempt of a message, from the events of the history. Pure.
#pragma once

#include <boost/json/object.hpp>

#include "queue/store.hpp"
#include "relay/history/search.hpp"

namespace kurir::control {

// `attempts` (oldest first; one for each recipient: address, at, attempt, outcome, remote, status,
// reply), and `attempts_missing`: how many of those that the queue knows of are not among the
// events; then `attempts_note` says why. `is_kept`: whether there is a history at all.
boost::json::object attempts_json(
    const history::finding& events, const queue::stored_message& message, bool is_kept
);

}  // namespace kurir::control
