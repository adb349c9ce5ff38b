// The one table of everything that can be configured.
//
// Parsing, `kurir config`, `kurir --help` and the README's table all come from it.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "relay/config/config.hpp"

namespace kurir::config {

struct setting {
    // Reads `text` into its member, or returns what is wrong with it, as the end of a sentence.
    using reader = std::function<std::optional<std::string>(std::string_view text, config& into)>;
    using writer = std::function<std::string(const config& from)>;

    std::string_view name;          // KURIR_…
    std::string_view type;          // such as "size"
    std::string_view default_text;  // as written in a setting; empty: unset
    std::string range;              // the accepted values, in words
    std::string_view help;
    reader read;
    writer show;  // the value in effect, as written in a setting
    bool secret = false;
    std::string_view heading = {};  // of the group that begins with this row
};

std::span<const setting> settings();

}  // namespace kurir::config
