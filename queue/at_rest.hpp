// A note of what the store left when it was closed, so that the next start can tell a file that was
// cut from one that ends as a power cut leaves it.
//
// The note, `at_rest` in the queue directory, has the sizes of the log and the MANIFEST. It is
// there only while the store is closed, and only if it was closed by itself: after a crash nothing
// is known. Whatever else changed a file since, and made it no shorter, is not its business.
#pragma once

#include <filesystem>
#include <string>
#include <system_error>

namespace kurir::queue {

// Writes the note, if the files it names could be synced.
void note_at_rest(const std::filesystem::path& directory);

// Sentences on what is not as it was noted; both empty if there is no note.
struct changed_at_rest {
    std::string manifest;
    std::string log;
};
changed_at_rest look_at_rest(const std::filesystem::path& directory);

// Removes the note for good, before anything changes.
std::error_code forget_at_rest(const std::filesystem::path& directory);

}  // namespace kurir::queue
