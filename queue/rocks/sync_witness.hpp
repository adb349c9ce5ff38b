// Checks whether a sync that returned success can be trusted.
//
// An ext4 that aborts its journal, as it does after an I/O error, drops the current transaction. An
// fdatasync that waits for it may still return success (with Linux 6.18, one time in ten). A change
// to metadata fails as soon as the journal is aborted. So after a sync a file is made one byte
// longer, without allocating space: if that works, the journal still worked when the sync returned.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <system_error>

namespace kurir::queue {

// Not thread-safe.
class sync_witness {
public:
    // `file` is created, or emptied, at the first check, and belongs to the witness.
    explicit sync_witness(std::filesystem::path file);
    ~sync_witness();
    sync_witness(const sync_witness&) = delete;
    sync_witness& operator=(const sync_witness&) = delete;

    // Why the last sync must not be trusted; nothing if it may. On file systems other than ext2 to
    // ext4 there is no doubt, and no file.
    std::error_code doubt();

private:
    void open();

    std::filesystem::path path_;
    bool asked_ = false;
    int file_ = -1;
    off_t size_ = 0;
};

}  // namespace kurir::queue
