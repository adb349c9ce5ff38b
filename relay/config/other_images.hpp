// Variables that configure images of other mail servers: read where Kurir's own are not set, or
// told to the user if they ask for what Kurir does not do. Pure, but for files that are read by
// the host. No value is shown.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "relay/config/parse.hpp"

namespace kurir::config {

// The value of a setting, given by such a variable.
struct taken_value {
    std::string text;
    source origin;
};

struct taken_values {
    std::map<std::string, taken_value, std::less<>> by_setting;
    std::vector<std::string> notices;        // which variable is read as which setting
    std::vector<std::string> hints;          // which are not read, and why
    std::vector<std::string> service_links;  // ignored, because Kubernetes has set them
    problems mistakes;
};

taken_values values_of_other_images(
    const environment& variables, const host& machine, const catalogue& known
);

// Adds the variable to a mistake of a setting whose value it gave.
void name_origins(problems& mistakes, const taken_values& taken);

// What to say of a name that was given our prefix. Empty if it is unknown.
std::string hint_for_name(std::string_view name, const catalogue& known);

}  // namespace kurir::config
