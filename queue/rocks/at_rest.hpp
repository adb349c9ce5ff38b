// A note about the files of a closed store. With it the next start can tell a file that was cut
// from one that ends as after a power cut.
//
// The note, `at_rest` in the queue directory, has the sizes of the log and the MANIFEST. It exists
// only while the store is closed, and only after a clean close: after a crash nothing is known. The
// note does not detect changes that left a file as long as it was or made it longer.
#pragma once

#include <filesystem>
#include <string>
#include <system_error>

namespace kurir::queue {

// Writes the note, if the files that it names could be synced.
void note_at_rest(const std::filesystem::path& directory);

// Sentences that say what differs from the note; both are empty if there is no note.
struct changed_at_rest {
    std::string manifest;
    std::string log;
};
changed_at_rest look_at_rest(const std::filesystem::path& directory);

// Removes the note durably, before anything changes.
std::error_code forget_at_rest(const std::filesystem::path& directory);

}  // namespace kurir::queue
