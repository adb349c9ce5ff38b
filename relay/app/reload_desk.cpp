#include "relay/app/reload_desk.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <iterator>
#include <utility>

#include "relay/log/log.hpp"

namespace kurir::app {

namespace {

std::vector<std::string> paths_of(const std::vector<config::watched_file>& files) {
    std::vector<std::string> paths;
    paths.reserve(files.size());
    for (const auto& each : files)
        paths.push_back(each.path);
    return paths;
}

void log_missing_notices(const std::string& why) {
    log::event(log::level::warning, "config")
        .with("what", "watch_limited")
        .with("error", why)
        .with("advice", "changes of files are seen within a minute, or on SIGHUP");
}

}  // namespace

reload_desk::reload_desk(
    boost::asio::any_io_executor executor,
    reloader& settings,
    const std::vector<reload_keeper*>& others
)
    : executor_(std::move(executor)),
      settings_(settings),
      keepers_{&settings},
      watcher_({
          .changed =
              [this](watch::finding found) {
                  boost::asio::post(executor_, [this, found = std::move(found)] { follow(found); });
              },
          .without_notices = log_missing_notices,
      }) {
    std::ranges::copy(others, std::back_inserter(keepers_));
}

void reload_desk::start() {
    watch_files();
    watcher_.start();
}

void reload_desk::reload_all() {
    watch_files();
    for (auto* each : keepers_)
        each->reload(reload_cause::signal);
    if (paths_of(files()) != paths_of(files_)) watch_files();
}

void reload_desk::follow(const watch::finding& found) {
    if (!config::settings_in(files_, found.changed, true).empty()) {
        settings_.reload(reload_cause::change);
    }
    const auto named = config::settings_in(files_, found.changed, false);
    for (auto* each : keepers_) {
        const auto is_read = [each](const std::string& setting) { return each->reads(setting); };
        if (std::ranges::any_of(named, is_read)) each->reload(reload_cause::change);
    }
    // Other files to watch end what the watcher knows of a change.
    const bool others = paths_of(files()) != paths_of(files_);
    if (others) watch_files();
    if (!found.over && !others) return;
    for (auto* each : keepers_)
        each->settled();
}

std::vector<config::watched_file> reload_desk::files() const {
    std::vector<config::watched_file> all;
    for (const auto* each : keepers_)
        std::ranges::copy(each->files(), std::back_inserter(all));
    return all;
}

// What is read afterwards is known to the watcher.
void reload_desk::watch_files() {
    files_ = files();
    watcher_.watch(paths_of(files_));
}

std::vector<std::string> reload_desk::mistakes() const {
    std::vector<std::string> all;
    for (const auto* each : keepers_)
        std::ranges::copy(each->mistakes(), std::back_inserter(all));
    return all;
}

}  // namespace kurir::app
