// Where the history is kept, as the settings say it.
#pragma once

#include <memory>
#include <string>

#include "relay/app/memory_limit.hpp"
#include "relay/config/config.hpp"
#include "relay/history/place.hpp"

namespace kurir::app {

struct history_places {
    std::unique_ptr<history::keeper> keeper;
    std::unique_ptr<history::source> source;
};

// Files of the queue folder; of a queue that relays share, its database, where `node` is what
// people know this one by. Both null: nothing is kept.
history_places history_places_for(
    const config::config& config, const memory_plan& memory, const std::string& node
);

}  // namespace kurir::app
