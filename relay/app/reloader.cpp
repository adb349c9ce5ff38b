#include "relay/app/reloader.hpp"

#include <boost/algorithm/string/join.hpp>

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "relay/config/reload.hpp"
#include "relay/log/log.hpp"
#include "relay/net/clock.hpp"

namespace kurir::app {

namespace {

// A pipe without a writer would block the thread.
config::host::file_reader regular_files(config::host::file_reader read) {
    return [read = std::move(read)](const std::filesystem::path& path) {
        std::error_code ec;
        const bool regular = std::filesystem::is_regular_file(path, ec);
        return regular ? read(path) : std::optional<std::string>();
    };
}

void log_success(const config::reloaded& done) {
    for (const auto& warning : done.warnings)
        log::event(log::level::warning, "config").with("warning", warning);
    const auto level = done.waiting.empty() ? log::level::notice : log::level::warning;
    log::event line(level, "config");
    line.with("what", "reloaded").with("changed", boost::algorithm::join(done.changed, " "));
    if (!done.waiting.empty())
        line.with("needs_restart", boost::algorithm::join(done.waiting, " "));
}

double now_in_seconds() {
    return std::chrono::duration<double>(net::calendar_now().time_since_epoch()).count();
}

}  // namespace

reloader::reloader(
    config::loaded first,
    config::environment variables,
    config::host machine,
    config::live_config& live,
    metrics::runtime& metrics
)
    : loaded_(std::move(first)),
      variables_(std::move(variables)),
      machine_(std::move(machine)),
      live_(live),
      metrics_(metrics),
      account_(
          "config",
          metrics::reload_part::settings,
          &metrics.config_reloads_total(metrics::reload_result::failed),
          metrics
      ) {
    machine_.read = regular_files(std::move(machine_.read));
    metrics_.config_reloaded_timestamp_seconds.set(now_in_seconds());
}

void reloader::reload(reload_cause cause) {
    auto outcome = config::reload(loaded_, *live_.get(), variables_, machine_);
    if (auto* wrong = std::get_if<config::problems>(&outcome)) {
        account_.failed(std::move(*wrong), cause);
        return;
    }
    auto& done = std::get<config::reloaded>(outcome);
    live_.set(std::make_shared<const config::config>(std::move(done.in_effect)));
    const bool mended = account_.succeeded();
    const bool differs = !done.changed.empty() || !done.waiting.empty();
    if (cause == reload_cause::signal || mended || differs) {
        log_success(done);
        metrics_.config_reloads_total(metrics::reload_result::ok).inc();
        metrics_.config_reloaded_timestamp_seconds.set(now_in_seconds());
    }
    loaded_ = std::move(done.current);
}

}  // namespace kurir::app
