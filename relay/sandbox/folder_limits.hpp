// Files that this process may still write, and no program that it may still start (Landlock).
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace kurir::sandbox {

// From now on only what is in these folders can be written, made, renamed or removed, and nothing
// can be executed (unless the process is `checked`, see call_limits.hpp). Reading is as before:
// certificates, keys and tables may be anywhere, and are replaced while the relay runs.
//
// The folders must exist. For the calling thread and all that it starts from now on. Returns why it
// can't be done, or nothing. Needs Linux 5.19, which lets files move between folders.
std::string limit_folders(const std::vector<std::filesystem::path>& writable, bool checked);

}  // namespace kurir::sandbox
