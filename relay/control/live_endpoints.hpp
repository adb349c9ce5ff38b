// The API of what is going on: for the operators' page.
//
//   GET /api/v1/overview  rates, sums of the queue, destinations in trouble, the last failures
//   GET /api/v1/config    the settings with their sources; secrets are masked
//   GET /api/v1/events    server-sent events: what happens to mail, from now on
//
// An event has the name and the JSON of the log's. `lost` says how many a slow reader has missed.
#pragma once

#include <functional>
#include <vector>

#include "relay/admin/endpoints.hpp"
#include "relay/config/report.hpp"
#include "relay/control/event_feed.hpp"
#include "relay/control/queue_view.hpp"

namespace kurir::control {

using settings_source = std::function<std::vector<config::shown_setting>()>;

// All must outlive the table. `settings` is called on the server's executor.
std::vector<admin::endpoint> live_endpoints(
    queue_view& view, event_feed& feed, settings_source settings
);

}  // namespace kurir::control
