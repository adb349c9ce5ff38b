// Reloads the configuration on SIGHUP, and when a file has changed: reads the files of settings
// again, and puts those that are valid into effect; of each other one it keeps what it was, and
// logs why.
//
// Logs `config` with what=reloaded (the names of settings that changed, and of those that wait for
// a restart; never a value) and what=reload_failed, a line for each mistake. Lives on one thread;
// reads files there, so only regular files are read again.
#pragma once

#include <string_view>
#include <vector>

#include "metrics/runtime.hpp"
#include "relay/app/reload_account.hpp"
#include "relay/app/reload_keeper.hpp"
#include "relay/config/host.hpp"
#include "relay/config/live_config.hpp"
#include "relay/config/parse.hpp"
#include "relay/config/watched_files.hpp"

namespace kurir::app {

// The kind of file that has a setting's value.
metrics::reload_part part_of(std::string_view setting);

class reloader final : public reload_keeper {
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

    bool reads(std::string_view) const noexcept override { return false; }
    void reload(reload_cause cause) override;
    void settled() override;
    config::problems mistakes() const override;

    // What is in effect.
    const config::loaded& settings() const noexcept { return loaded_; }

    // Those that settings have in effect.
    std::vector<config::watched_file> files() const override {
        return config::watched_files(loaded_);
    }

private:
    config::loaded loaded_;
    const config::environment variables_;
    config::host machine_;
    config::live_config& live_;
    metrics::runtime& metrics_;

    struct account {
        metrics::reload_part part;
        reload_account state;
    };
    std::vector<account> accounts_;  // one for each kind of file
};

}  // namespace kurir::app
