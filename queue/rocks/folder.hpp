// The queue folder belongs to one user: who else may write to it could replace files of the queue.
#pragma once

#include <filesystem>
#include <string>

namespace kurir::queue {

// How a folder is taken: why it can't be, or what an operator should know of it. Both are for
// humans, and empty if there is nothing to say.
struct folder_verdict {
    std::string why_not;
    std::string doubt;
};

// Makes `directory` if it is not there, and looks at its owner and permissions, and at those of the
// folders in it. A folder of our own is narrowed to what the umask allows. One that everybody may
// write to, or that is neither ours nor root's, is refused; one that is open to group 0 (as in the
// image, whose user may be any) or that root made for our group (a mounted volume) is taken with a
// doubt.
folder_verdict take_folder(const std::filesystem::path& directory);

}  // namespace kurir::queue
