// What the stores are opened with: options from the configuration, events to the log.
#pragma once

#include <string>

#include "queue/postgres/options.hpp"
#include "queue/rocks/options.hpp"
#include "relay/app/memory_limit.hpp"
#include "relay/config/config.hpp"

namespace kurir::app {

queue::store_options store_options_for(const config::config& config, const memory_plan& memory);

// Without an observer.
queue::postgres::options database_options_for(
    const config::config& config, const memory_plan& memory
);

// Logs what the store reports: the queue itself knows no log.
queue::store_observer logging_observer();

// Logs only what is damaged. `folder`: of another queue than this relay's own.
queue::store_observer damage_observer(const std::string& folder = {});

}  // namespace kurir::app
