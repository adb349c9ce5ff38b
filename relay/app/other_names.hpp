// The names under which the program can be started. Pure.
#pragma once

#include <span>
#include <string>
#include <vector>

namespace kurir::app {

// The words of the command line without the program's name, which decides as a first word would:
// as `mailq` it is `kurir queue`, as `sendmail` it is `kurir sendmail`. `kurir mailq` is the same.
std::vector<std::string> command_words(std::span<const char* const> arguments);

}  // namespace kurir::app
