// `kurir rewrite`: reads a message from standard input and prints what would be changed in it.
#pragma once

#include <CLI/CLI.hpp>

#include "relay/app/rewrite_report.hpp"
#include "relay/config/config.hpp"

namespace kurir::app {

// `question` must outlive `program`.
CLI::App* add_rewrite_command(CLI::App& program, rewrite_question& question);

// Returns the exit status: 1 if something would be refused.
int show_rewriting(const config::config& config, const rewrite_question& question);

}  // namespace kurir::app
