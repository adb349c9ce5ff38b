// Reads files again while the program runs, and keeps the last good version of each in use.
//
// Lives on one thread; reads files there.
#pragma once

#include <string_view>
#include <vector>

#include "relay/app/reload_account.hpp"
#include "relay/config/parse.hpp"
#include "relay/config/watched_files.hpp"

namespace kurir::app {

class reload_keeper {
public:
    reload_keeper() = default;
    reload_keeper(const reload_keeper&) = delete;
    reload_keeper& operator=(const reload_keeper&) = delete;
    virtual ~reload_keeper() = default;

    // Whether it reads the files that are named by this setting's value (KURIR_…).
    virtual bool reads(std::string_view setting) const noexcept = 0;

    virtual void reload(reload_cause cause) = 0;

    // No file is changing any more: a mistake in one is told.
    virtual void settled() = 0;

    // Of files whose last good version is used instead, a line each.
    virtual config::problems mistakes() const = 0;

    // To be watched, beside those that settings name.
    virtual std::vector<config::watched_file> files() const { return {}; }
};

}  // namespace kurir::app
