// The manual page kurir(8), as roff: commands, settings, exit statuses. Pure.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "relay/app/command_tree.hpp"
#include "relay/config/settings.hpp"

namespace kurir::app {

// `settings`: as help lists them, families included.
std::string manual_page(
    const std::vector<described_command>& commands,
    std::span<const config::setting> settings,
    std::string_view version
);

// `text` as roff shows it unchanged.
std::string roff_text(std::string_view text);

}  // namespace kurir::app
