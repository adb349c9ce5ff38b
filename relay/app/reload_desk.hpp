// Reloads what has changed: on SIGHUP everything, otherwise the settings, the certificates, the
// roots, the keys of tokens and those of signatures whose files are different. Starts the watch of
// those files.
//
// Lives on one thread; files are read there once more, after the watcher has read them on its own.
#pragma once

#include <boost/asio/any_io_executor.hpp>

#include <string>
#include <vector>

#include "relay/app/certificate_keeper.hpp"
#include "relay/app/dkim_keys.hpp"
#include "relay/app/reloader.hpp"
#include "relay/app/roots_keeper.hpp"
#include "relay/app/token_keys.hpp"
#include "relay/watch/file_watcher.hpp"

namespace kurir::app {

class reload_desk {
public:
    // All must outlive the desk; `executor` is that of the thread on which it lives.
    reload_desk(
        boost::asio::any_io_executor executor,
        reloader& settings,
        certificate_keeper& certificates,
        roots_keeper& roots,
        token_keys& tokens,
        dkim_keys& signing
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
    certificate_keeper& certificates_;
    roots_keeper& roots_;
    token_keys& tokens_;
    dkim_keys& signing_;
    std::vector<config::watched_file> files_;
    watch::file_watcher watcher_;
};

}  // namespace kurir::app
