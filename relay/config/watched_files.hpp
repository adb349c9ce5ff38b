// Which files have to be read again when they change. Pure: it follows from the table of settings.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "relay/config/parse.hpp"

namespace kurir::config {

struct watched_file {
    std::string path;
    std::string setting;    // KURIR_…
    bool is_value = false;  // it holds the value of the setting (KURIR_X_FILE); else the value
                            // names it
};

// A file that two settings have is there twice.
std::vector<watched_file> watched_files(const loaded& current);

// The settings that have one of these paths, with their value in it or named by their value.
std::set<std::string> settings_in(
    const std::vector<watched_file>& files, const std::set<std::string>& paths, bool is_value
);

}  // namespace kurir::config
