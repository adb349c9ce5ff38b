// What to watch so that no change of some files is missed: folders, and the files themselves. Pure:
// the file system is an argument.
//
// A file is reached through the folders of its path and through symbolic links, each of which may
// be exchanged: a mounted Kubernetes secret is `tls.crt -> ..data/tls.crt`, and the update
// exchanges the link `..data`. What does not exist may come: then the folder in which it would
// appear is watched. A file that is mounted alone, as Docker mounts secrets, changes without a
// notice in the folder that it seems to be in: so it is watched as well.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace kurir::watch {

// What a path names, itself and not what it links to.
struct place {
    enum class kind { nothing, folder, link, other };
    kind is = kind::nothing;
    std::filesystem::path target = {};  // of a link
};

using place_reader = std::function<place(const std::filesystem::path& path)>;

struct watch_plan {
    // For each folder the names in it whose change matters. A folder without names matters itself:
    // it may be moved or removed. The empty name stands for all: the folder itself is watched.
    std::map<std::filesystem::path, std::set<std::string>> folders = {};

    std::set<std::filesystem::path> files = {};

    bool operator==(const watch_plan&) const = default;
};

// `files` are absolute.
watch_plan plan_for(const std::vector<std::filesystem::path>& files, const place_reader& read);

// Reads the file system of this machine.
place place_at(const std::filesystem::path& path);

}  // namespace kurir::watch
