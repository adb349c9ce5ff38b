// The program's subcommands and exit statuses.
#pragma once

namespace kurir::app {

// Statuses beside 0 and 1 (sysexits.h).
inline constexpr int exit_usage = 64;   // EX_USAGE: the command line can't be understood
inline constexpr int exit_config = 78;  // EX_CONFIG: the environment is wrong; nothing was started

// `environ` is the array of the C library. Returns the exit status.
int command_line(int argc, char** argv, char** environ);

}  // namespace kurir::app
