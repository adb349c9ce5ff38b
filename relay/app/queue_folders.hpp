// The queue folders of other relays: where they are, and whose they were.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "relay/base/result.hpp"

namespace kurir::app {

struct queue_folders {
    std::vector<std::filesystem::path> found = {};  // ascending
    std::vector<std::string> unreadable = {};       // sentences that name a folder
};

// A queue folder has `kurir.lock` and `db`. Those in `parent`, and in the folders there that are
// none themselves: volumes whose queue is in a folder of theirs. Without `own`, and without
// what is behind links.
queue_folders queue_folders_in(
    const std::filesystem::path& parent, const std::filesystem::path& own
);

// Writes KURIR_HOSTNAME into our queue folder, where who adopts it finds it; false if that fails.
bool keep_hostname(const std::filesystem::path& folder, const std::string& hostname);

// The host name of the relay that had the folder. The folder of a version that wrote none gets a
// name now, which stays. The folder must be locked. The error says why there is none.
base::result<std::string, std::string> hostname_in(const std::filesystem::path& folder);

// Whether KURIR_CAPTURE kept the mail of a folder until the end: nobody wants it to be delivered.
bool is_capture(const std::filesystem::path& folder);

}  // namespace kurir::app
