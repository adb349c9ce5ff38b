// Reloads the configuration on SIGHUP: reads the files of settings again, and puts them into effect
// if all of them are valid; otherwise keeps everything as it was and logs why.
//
// Logs `config` with what=reloaded (the names of settings that changed, and of those that wait for
// a restart; never a value) or what=reload_failed, a line for each mistake. Lives on one thread;
// reads files there, so only regular files are read again.
#pragma once

#include "metrics/runtime.hpp"
#include "relay/config/host.hpp"
#include "relay/config/live_config.hpp"
#include "relay/config/parse.hpp"

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

    void reload();

private:
    config::loaded loaded_;
    const config::environment variables_;
    config::host machine_;
    config::live_config& live_;
    metrics::runtime& metrics_;
};

}  // namespace kurir::app
