// KURIR_LOG_REDACT and its key. Pure.
#pragma once

#include <string>
#include <vector>

#include "relay/config/kinds.hpp"
#include "relay/config/parse.hpp"

namespace kurir::config {

// A secret of one line that nobody guesses.
kind<std::string> redaction_key();

// Both add to what was found.
void check_log(const config& config, problems& found);
void warn_about_log(const config& config, std::vector<std::string>& warnings);

}  // namespace kurir::config
