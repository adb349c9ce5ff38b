// The table of settings as text for people.
#pragma once

#include <string>
#include <vector>

#include "relay/config/parse.hpp"
#include "relay/config/settings.hpp"

namespace kurir::config {

// All settings in the order of the help; those of families with <NAME> as name.
std::vector<setting> listed(const catalogue& known);
// A setting as people see it. Secrets are masked.
struct shown_setting {
    std::string name;
    std::string value;
    std::string source;  // where it came from
};
std::vector<shown_setting> shown_settings(const loaded& parsed);

// What `kurir config` prints: the value in effect of each setting, and where it came from. Secrets
// are masked.
std::string describe(const loaded& parsed);

// One line of that output.
std::string describe(const setting& row, const config& values, const source& origin);

// What `kurir --help` prints about the environment. Families are listed with <NAME> as name.
std::string help_text(const catalogue& known = everything());

// The tables of README, in Markdown: the settings, and the words for networks.
std::string readme_table(const catalogue& known = everything());

}  // namespace kurir::config
