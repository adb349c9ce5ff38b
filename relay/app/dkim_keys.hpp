// Gives the relay the keys of its signatures: the folder KURIR_DKIM_KEY_DIR, at the start and when
// it has changed.
//
// Logs `dkim_keys` with what=loaded, what=warning, or what=reload_failed with a line for each
// mistake: then those in use stay. Lives on one thread; reads files there.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "metrics/runtime.hpp"
#include "relay/app/reload_account.hpp"
#include "relay/app/reload_keeper.hpp"
#include "relay/config/config.hpp"
#include "relay/config/watched_files.hpp"
#include "relay/signing/signing_desk.hpp"

namespace kurir::app {

// What the folder says; each line begins with the name of the setting.
struct dkim_reading {
    dkim::key_ring ring = {};            // all that could be read
    signing::shared_signer signer = {};  // null: nothing is signed, or there are mistakes
    config::problems mistakes = {};
    config::problems warnings = {};
    std::vector<std::string> watched = {};  // paths: the folder, folders in it, keys
};

dkim_reading read_dkim_keys(const config::config& config);

// The folder, absolute, without a slash at its end.
std::string dkim_folder(const config::config& config);

class dkim_keys final : public reload_keeper {
public:
    // All must outlive this; `desk` is null if there is no folder. `config`: as at the start.
    dkim_keys(
        const config::config& config, signing::signing_desk* desk, metrics::runtime& metrics
    ) noexcept
        : config_(config),
          desk_(desk),
          account_("dkim_keys", metrics::reload_part::dkim_keys, nullptr, metrics) {}

    // False if there is a mistake, which was logged.
    bool begin();

    bool reads(std::string_view setting) const noexcept override {
        return setting == "KURIR_DKIM_KEY_DIR";
    }
    void reload(reload_cause cause) override;
    void settled() override { account_.settled(); }
    config::problems mistakes() const override { return account_.mistakes(); }

    // Those that the last reading found.
    std::vector<config::watched_file> files() const override { return files_; }

private:
    config::problems load();

    const config::config& config_;
    signing::signing_desk* const desk_;
    reload_account account_;
    std::vector<config::watched_file> files_;
};

}  // namespace kurir::app
