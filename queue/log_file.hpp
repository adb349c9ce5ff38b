// Mends a write-ahead log of RocksDB: what can be read of it is written anew, and the rest left
// out.
//
// RocksDB 7.8 can skip damaged records itself, but its sum over a record of several fragments then
// is that of the wrong bytes, and it gives up at the next large record. So it is only shown logs
// without damage. The format is that of LevelDB: blocks of 32 KiB; records, or fragments of them,
// with checksum, length and type. Behind damage the rest of its block is not looked at: what stands
// there may be the text of a mail that looks like a record.
#pragma once

#include <cstdint>
#include <filesystem>
#include <iosfwd>
#include <string>

namespace kurir::queue {

struct mended_log {
    std::uint64_t records = 0;  // that could be read
    std::uint64_t damages = 0;  // places that could not; not counting an end within a record
};

// Copies what can be read of a log. Large records are in memory one at a time.
mended_log mend_log(std::istream& from, std::ostream& to);

enum class mending : std::uint8_t { sound, mended, failed };

// Replaces the log in `path` if it is damaged. If that fails the file is as it was.
mending mend_log_file(const std::filesystem::path& path);

}  // namespace kurir::queue
