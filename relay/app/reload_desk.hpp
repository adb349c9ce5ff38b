// Reloads what has changed: on SIGHUP everything, otherwise that whose files are different. Starts
// the watch of those files.
//
// Lives on one thread; files are read there once more, after the watcher has read them on its own.
#pragma once

#include <boost/asio/any_io_executor.hpp>

#include <string>
#include <vector>

#include "relay/app/reload_keeper.hpp"
#include "relay/app/reloader.hpp"
#include "relay/watch/file_watcher.hpp"

namespace kurir::app {

class reload_desk {
public:
    // All must outlive the desk; `executor` is that of the thread on which it lives. `others`: who
    // reads the files that settings name.
    reload_desk(
        boost::asio::any_io_executor executor,
        reloader& settings,
        const std::vector<reload_keeper*>& others
    );

    // Throws if there can be no thread.
    void start();

    // On SIGHUP.
    void reload_all();

    // Of files whose last good version is used instead; each begins with the name of a setting.
    std::vector<std::string> mistakes() const;

private:
    void follow(const watch::finding& found);
    std::vector<config::watched_file> files() const;
    void watch_files();

    boost::asio::any_io_executor executor_;
    reloader& settings_;
    std::vector<reload_keeper*> keepers_;  // `settings_` is the first one
    std::vector<config::watched_file> files_;
    watch::file_watcher watcher_;
};

}  // namespace kurir::app
