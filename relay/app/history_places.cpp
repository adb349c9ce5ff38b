#include "relay/app/history_places.hpp"

#include <chrono>
#include <utility>

#include "relay/app/shared_history.hpp"
#include "relay/app/store_setup.hpp"
#include "relay/history/event_files.hpp"
#include "relay/history/search.hpp"

namespace kurir::app {

using namespace std::chrono_literals;

namespace {

// Nobody waits for what is written; who asks must not wait for long.
constexpr std::chrono::milliseconds write_patience = 3s;

history_places shared_places(
    const config::config& config, const memory_plan& memory, const std::string& node
) {
    const auto options = database_options_for(config, memory);
    const queue::postgres::history_limits kept{
        .size = config.history_size,
        .age = std::chrono::ceil<std::chrono::milliseconds>(config.history),
    };
    return {
        std::make_unique<shared_history_keeper>(
            queue::postgres::history_table(options.url, write_patience, kept), node
        ),
        std::make_unique<shared_history_source>(
            queue::postgres::history_table(options.url, options.patience, kept)
        ),
    };
}

}  // namespace

history_places history_places_for(
    const config::config& config, const memory_plan& memory, const std::string& node
) {
    if (config.history.count() == 0) return {};
    if (config.store == config::queue_store::postgresql) return shared_places(config, memory, node);
    const auto folder = config.queue_dir / "history";
    const history::limits kept{
        config.history_size, std::chrono::ceil<std::chrono::seconds>(config.history)
    };
    return {
        std::make_unique<history::event_writer>(folder, kept),
        std::make_unique<history::file_source>(folder),
    };
}

}  // namespace kurir::app
