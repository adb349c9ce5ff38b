#include "relay/app/reloader.hpp"

#include <boost/algorithm/string/join.hpp>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <utility>
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

// Each line names the file.
config::problems problems_in(
    const std::vector<config::held_file>& held, metrics::reload_part part
) {
    config::problems found;
    for (const auto& each : held) {
        if (part_of(each.setting) != part) continue;
        for (const auto& line : each.why) {
            const bool names_it = line.find(each.path) != std::string::npos;
            found.push_back(names_it ? line : line + " (in '" + each.path + "')");
        }
    }
    return found;
}

double now_in_seconds() {
    return std::chrono::duration<double>(net::calendar_now().time_since_epoch()).count();
}

}  // namespace

metrics::reload_part part_of(std::string_view setting) {
    using part = metrics::reload_part;
    if (setting == "KURIR_USERS") return part::users;
    if (setting == "KURIR_PERMISSIONS") return part::permissions;
    if (setting == "KURIR_ROUTES") return part::routes;
    return setting.starts_with("KURIR_RELAYHOST") ? part::relayhosts : part::settings;
}

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
      metrics_(metrics) {
    using kind = metrics::reload_part;
    auto* failures = &metrics.config_reloads_total(metrics::reload_result::failed);
    for (const auto part :
         {kind::settings, kind::users, kind::permissions, kind::routes, kind::relayhosts})
        accounts_.push_back({part, reload_account("config", part, failures, metrics)});
    machine_.read = regular_files(std::move(machine_.read));
    metrics_.config_reloaded_timestamp_seconds.set(now_in_seconds());
}

void reloader::reload(reload_cause cause) {
    auto done = config::reload(loaded_, *live_.get(), variables_, machine_);
    bool mended = false;
    for (auto& [part, account] : accounts_) {
        auto problems = problems_in(done.held, part);
        if (problems.empty()) {
            mended |= account.succeeded();
        } else {
            account.failed(std::move(problems), cause);
        }
    }
    const bool asked = cause == reload_cause::signal && done.held.empty();
    const bool waits = done.held.empty() && !done.waiting.empty();
    if (done.held.empty() || !done.changed.empty()) {
        live_.set(std::make_shared<const config::config>(std::move(done.in_effect)));
    }
    if (asked || mended || waits || !done.changed.empty()) {
        log_success(done);
        metrics_.config_reloads_total(metrics::reload_result::ok).inc();
        metrics_.config_reloaded_timestamp_seconds.set(now_in_seconds());
    }
    loaded_ = std::move(done.current);
}

void reloader::settled() {
    for (auto& each : accounts_)
        each.state.settled();
}

config::problems reloader::mistakes() const {
    config::problems all;
    for (const auto& each : accounts_)
        std::ranges::copy(each.state.mistakes(), std::back_inserter(all));
    return all;
}

}  // namespace kurir::app
