// What the process gives up before it hears from anybody: so foreign code that gets into it can't
// start a program, change another file than the queue's, or reach further into the machine.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace kurir::sandbox {

struct plan {
    std::vector<std::filesystem::path> writable;  // folders that exist: only they are written to
    // False: files can be written anywhere; the system writes core dumps in the process's name.
    bool limits_folders = true;
    bool checked = false;  // by a sanitizer (call_limits.hpp)
};

// What is in force, and why it is not all. The relay runs without it, too: an older kernel, or a
// container that forbids it, is no reason not to relay mail.
struct account {
    bool calls = false;
    bool folders = false;
    std::vector<std::string> why_not;
};

// For the calling thread and all that it starts from now on; there is no way back.
account enter(const plan& plan);

}  // namespace kurir::sandbox
