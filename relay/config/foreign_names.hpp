// The variables of other images and what they mean here. Pure.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "relay/config/foreign_values.hpp"
#include "relay/config/settings.hpp"

namespace kurir::config {

// A variable whose value is one of a setting of ours.
struct alias {
    std::string_view name;
    std::string_view setting;  // without our prefix; with _FILE if the value is the path of a file
    translation translate = same_value;
    std::string_view port = {};        // the variable with the port of this host
    std::string_view usual_port = {};  // of the image, if that is not set
    std::string_view unless = {};      // a variable that counts instead
};

// A variable that asks for what Kurir does not do, or does in another way.
struct foreign_name {
    std::string_view name;
    std::string_view hint;  // a setting of ours, or what to know
};

// The setting's whole name, without the _FILE of a path.
std::string setting_of(const alias& row);
bool gives_a_path(const alias& row);
bool has_setting(const catalogue& known, std::string_view name);

// One variable may give several settings.
std::span<const alias> aliases();

std::span<const foreign_name> foreign_names();

// What to say of a variable that nobody takes: the hint of its alias or of its name; for those of
// Postfix's images also of parameters that are not listed. Empty if no image has it.
std::string hint_for_foreign_name(std::string_view name, const catalogue& known);

// The name as it is listed: Postfix's images also take parameters as Postfix writes them,
// POSTFIX_myhostname.
std::string listed_name(std::string_view name);

}  // namespace kurir::config
