// RocksDB's own log, `db/LOG`: its warnings, for whoever has to look into a sick store.
//
// RocksDB's default for it ends the process if a write to it is followed by another after an error
// (an assertion, with which Debian builds it), so a full disk would kill the relay by a line of
// text. Here a line that can't be written is lost, and nothing else happens. There are at most two
// files, LOG and LOG.old, of a size that is bounded; there is none as long as there is nothing to
// say.
#pragma once

#include <rocksdb/env.h>

#include <cstdarg>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "queue/options.hpp"

namespace kurir::queue {

// For a database that is opened with these options. Safe to use from several threads.
std::shared_ptr<rocksdb::Logger> make_rocks_log(const store_options& options);

class rocks_log final : public rocksdb::Logger {
public:
    rocks_log(std::string path, std::function<time_point()> now, std::uint64_t size_max);
    ~rocks_log() override;

    using rocksdb::Logger::Logv;
    void Logv(const char* format, va_list arguments) override;

private:
    bool make_room(std::size_t bytes);
    void reopen();

    const std::string path_;
    const std::function<time_point()> now_;
    const std::uint64_t size_max_;
    std::mutex mutex_;  // of what follows
    int file_ = -1;     // opened by the first line
    std::uint64_t size_ = 0;
};

}  // namespace kurir::queue
