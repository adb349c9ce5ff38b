// Reloads the configuration on SIGHUP, and when a file has changed: reads the files of settings
// again, and puts them into effect if all of them are valid; otherwise keeps everything as it was
// and logs why.
//
// Logs `config` with what=reloaded (the names of settings that changed, and of those that wait for
// a restart; never a value) or what=reload_failed, a line for each mistake. Lives on one thread;
// reads files there, so only regular files are read again.
#pragma once

#include <vector>

#include "metrics/runtime.hpp"
#include "relay/app/reload_account.hpp"
#include "relay/config/host.hpp"
#include "relay/config/live_config.hpp"
#include "relay/config/parse.hpp"
#include "relay/config/watched_files.hpp"

namespace kurir::app {

class reloader {
public:
    // `first`: the configuration that was read at the start from `variables` on `machine`. `live`
    // and `metrics` must outlive the reloader.
    reloader(
        config::loaded first,
        config::environment variables,
        config::host machine,
        config::live_config& live,
        metrics::runtime& metrics
    );

    void reload(reload_cause cause);

    // No file is changing any more: a mistake in one is told.
    void settled() { account_.settled(); }

    const config::problems& mistakes() const noexcept { return account_.mistakes(); }

    // Those that settings have in effect.
    std::vector<config::watched_file> files() const { return config::watched_files(loaded_); }

private:
    config::loaded loaded_;
    const config::environment variables_;
    config::host machine_;
    config::live_config& live_;
    metrics::runtime& metrics_;
    reload_account account_;
};

}  // namespace kurir::app
