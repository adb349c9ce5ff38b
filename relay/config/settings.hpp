// The one table of everything that can be configured.
//
// Parsing, `kurir config`, `kurir --help` and the README's table all come from it.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "relay/config/config.hpp"

namespace kurir::config {

// When a change in a setting's file takes effect. The variables themselves can't change in a
// process.
enum class effect : std::uint8_t { at_start, at_reload };
inline constexpr auto at_reload = effect::at_reload;

struct setting {
    // Reads `text` into its member, or returns what is wrong with it, as the end of a sentence.
    using reader = std::function<std::optional<std::string>(std::string_view text, config& values)>;
    using writer = std::function<std::string(const config& values)>;
    using copier = std::function<void(const config& source, config& target)>;
    using files_finder = std::function<std::vector<std::string>(const config& values)>;

    std::string name;               // KURIR_…
    std::string_view type;          // such as "size"
    std::string_view default_text;  // as written in a setting; empty: unset
    std::string range;              // the accepted values, in words
    std::string_view help;
    reader read;
    writer show;  // the value in effect, as written in a setting
    copier copy;
    files_finder files = {};  // the files that the value names, if they are read while Kurir runs
    effect takes_effect = effect::at_start;
    bool secret = false;
    reader read_file = {};          // of a file's text, where that is read in another way
    std::string_view heading = {};  // of the group that begins with this row
};

// Settings that exist once for each name that the user chooses: KURIR_RELAYHOST_<NAME>. A name has
// capitals, digits and underscores, and begins with a letter.
struct family {
    std::string_view prefix;  // KURIR_RELAYHOST_

    // The settings of `name`: the prefix and the name, and for most of them an underscore and more.
    // The first one is required for every name.
    std::function<std::vector<setting>(const std::string& name)> rows;

    // Words that are no names, nor are words that differ from a longer one by a slip.
    std::span<const std::string_view> reserved = {};
};

// Everything that can be configured.
struct catalogue {
    std::span<const setting> settings;
    std::span<const family> families = {};
};

std::span<const setting> settings();
std::span<const family> families();

// All of this program.
inline catalogue everything() {
    return {settings(), families()};
}

}  // namespace kurir::config
