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
    certificate_keeper& certificates,
    roots_keeper& roots,
    token_keys& tokens,
    dkim_keys& signing
)
    : executor_(std::move(executor)),
      settings_(settings),
      certificates_(certificates),
      roots_(roots),
      tokens_(tokens),
      signing_(signing),
      watcher_({
          .changed =
              [this](watch::finding found) {
                  boost::asio::post(executor_, [this, found = std::move(found)] { follow(found); });
              },
          .without_notices = log_missing_notices,
      }) {}

void reload_desk::start() {
    watch_files();
    watcher_.start();
}

void reload_desk::reload_all() {
    watch_files();
    settings_.reload(reload_cause::signal);
    certificates_.reload(reload_cause::signal);
    roots_.reload(reload_cause::signal);
    tokens_.reload(reload_cause::signal);
    signing_.reload(reload_cause::signal);
    if (paths_of(files()) != paths_of(files_)) watch_files();
}

void reload_desk::follow(const watch::finding& found) {
    if (!config::settings_in(files_, found.changed, true).empty()) {
        settings_.reload(reload_cause::change);
    }
    auto named = config::settings_in(files_, found.changed, false);
    if (named.erase("KURIR_TLS_CA") > 0) roots_.reload(reload_cause::change);
    if (named.erase("KURIR_OAUTH_JWKS") > 0) tokens_.reload(reload_cause::change);
    if (named.erase("KURIR_DKIM_KEY_DIR") > 0) signing_.reload(reload_cause::change);
    if (!named.empty()) certificates_.reload(reload_cause::change);
    // Other files to watch end what the watcher knows of a change.
    const bool others = paths_of(files()) != paths_of(files_);
    if (others) watch_files();
    if (found.over || others) {
        settings_.settled();
        certificates_.settled();
        roots_.settled();
        tokens_.settled();
        signing_.settled();
    }
}

std::vector<config::watched_file> reload_desk::files() const {
    auto all = settings_.files();
    std::ranges::copy(signing_.files(), std::back_inserter(all));
    return all;
}

// What is read afterwards is known to the watcher.
void reload_desk::watch_files() {
    files_ = files();
    watcher_.watch(paths_of(files_));
}

std::vector<std::string> reload_desk::mistakes() const {
    auto all = settings_.mistakes();
    std::ranges::copy(certificates_.mistakes(), std::back_inserter(all));
    std::ranges::copy(roots_.mistakes(), std::back_inserter(all));
    std::ranges::copy(tokens_.mistakes(), std::back_inserter(all));
    std::ranges::copy(signing_.mistakes(), std::back_inserter(all));
    return all;
}

}  // namespace kurir::app
