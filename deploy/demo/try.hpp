// `deploy/run --try`: the relay as it is configured, but everything that it delivers is shown on
// the terminal, and nothing leaves the machine.
#pragma once

#include <filesystem>
#include <string>

namespace kurir::demo {

// Runs until SIGINT or SIGTERM, or until the relay ends; the exit status. The relay's queue is a
// temporary one: mail that waits in another must not end on a terminal.
int catch_all(const std::filesystem::path& relay);

// Text that can't steer a terminal: control characters become question marks, the rest is cut after
// some lines.
std::string fit_for_terminal(const std::string& content);

}  // namespace kurir::demo
