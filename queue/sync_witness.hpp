// Whether a sync that returned success may be believed.
//
// An ext4 that gives up its journal, as it does after an I/O error, throws away the transaction of
// that moment, and an fdatasync that waits for it may return success all the same: with Linux 6.18
// in one of ten such moments. A change to metadata fails as soon as the journal is given up. So
// after a sync a file is made one byte longer, without taking room: if that works, the journal
// lived when the sync returned.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <system_error>

namespace kurir::queue {

// Not thread-safe.
class sync_witness {
public:
    // `file` is made, or emptied, at the first question, and belongs to the witness.
    explicit sync_witness(std::filesystem::path file);
    ~sync_witness();
    sync_witness(const sync_witness&) = delete;
    sync_witness& operator=(const sync_witness&) = delete;

    // Why the sync before must not be believed; nothing if it may be. On file systems other than
    // ext2 to ext4 there is no doubt, and no file.
    std::error_code doubt();

private:
    void open();

    std::filesystem::path path_;
    bool asked_ = false;
    int file_ = -1;
    off_t size_ = 0;
};

}  // namespace kurir::queue
