// RocksDB's own log, `db/LOG`: its warnings, for people who examine a damaged store.
//
// RocksDB's default logger ends the process if another write follows a failed one (an assertion,
// which Debian's build enables). So a full disk would kill the relay because of a line of text.
// Here a line that can't be written is dropped, and nothing else happens. There are at most two
// files, LOG and LOG.old, of bounded size, and none while there is nothing to write.
#pragma once

#include <rocksdb/env.h>

#include <cstdarg>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "queue/rocks/options.hpp"

namespace kurir::queue {

// For a database opened with these options. Thread-safe.
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
    std::mutex mutex_;  // protects the members below
    int file_ = -1;     // opened by the first line
    std::uint64_t size_ = 0;
};

}  // namespace kurir::queue
