// The queue folder belongs to one user: another user with write access could replace files of the
// queue.
#pragma once

#include <filesystem>
#include <string>

namespace kurir::queue {

// The result of the check: why the folder can't be used, or what an operator should know about it.
// Both are for humans, and empty if there is nothing to say.
struct folder_verdict {
    std::string why_not;
    std::string doubt;
};

// Creates `directory` if it does not exist, and checks its owner and permissions, and those of the
// folders in it. A folder of our own is restricted to what the umask allows. One that everybody may
// write to, or that is neither ours nor root's, is refused; one that is open to group 0 (as in the
// image, whose user may be any) or that root made for our group (a mounted volume) is used with a
// warning.
folder_verdict take_folder(const std::filesystem::path& directory);

}  // namespace kurir::queue
