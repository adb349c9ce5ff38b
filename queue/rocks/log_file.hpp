// Repairs a write-ahead log of RocksDB: writes a new log with the readable part.
//
// RocksDB 7.8 can skip damaged records itself. But then it computes the checksum of the next record
// of several fragments over the wrong bytes and gives up. So RocksDB gets only logs without damage.
// The format is that of LevelDB: blocks of 32 KiB; records, or fragments of them, with checksum,
// length and type. After damage the rest of the block is ignored: it may contain the text of a mail
// that looks like a record.
#pragma once

#include <cstdint>
#include <filesystem>
#include <iosfwd>
#include <string>

namespace kurir::queue {

struct mended_log {
    std::uint64_t records = 0;  // that were readable
    std::uint64_t damages = 0;  // unreadable places; not counting an end within a record
};

// Copies the readable part of a log. Large records are in memory one at a time.
mended_log mend_log(std::istream& input, std::ostream& output);

enum class mending : std::uint8_t { sound, mended, failed };

// Replaces the log in `path` if it is damaged. On failure the file stays unchanged.
mending mend_log_file(const std::filesystem::path& path);

}  // namespace kurir::queue
