// The user of the machine as whom a command runs.
#pragma once

#include <string>

namespace kurir::app {

struct system_user {
    std::string name;       // "user1000" if the machine has no name for it
    std::string full_name;  // may be empty
};

// By the effective user id. Reads the machine's table of users, which may block.
system_user this_user();

}  // namespace kurir::app
