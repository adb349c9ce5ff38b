// The options of a store, and what it reports beside its results and metrics.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>

#include "queue/message.hpp"

namespace rocksdb {
class FileSystem;  // NOLINT(readability-identifier-naming): its name there
}

namespace kurir::queue {

// Events that an operator must know about. The queue does not log; the store's owner does. Called
// on threads of the store, also while it is being opened; must not block, throw or call the store.
struct store_observer {
    // A record did not decode, or its message could not be read. It was moved to quarantine.
    std::function<void(std::string_view key, std::string_view reason)> on_quarantined =
        [](std::string_view, std::string_view) {};

    // Only a later version of the program understands a record of this message. It is left alone.
    std::function<void(std::string_view id, std::string_view reason)> on_newer =
        [](std::string_view, std::string_view) {};

    // The log of the store was damaged. It was copied to `copy`, and its readable part was
    // recovered.
    std::function<void(std::string_view copy, std::string_view reason)> on_wal_damage =
        [](std::string_view, std::string_view) {};

    // A write failed; the store has closed itself and reopens.
    std::function<void(std::string_view cause)> on_reopening = [](std::string_view) {};
    std::function<void()> on_reopened = [] {};

    // The end of an attempt can't be written, because a read that it needs failed; it is tried
    // again until it succeeds. Reported once until the next success.
    std::function<void(std::string_view cause)> on_unreadable = [](std::string_view) {};

    // The disk is low on space (or no longer is); meanwhile new mail is refused.
    std::function<void(bool full, std::uint64_t free_bytes)> on_space = [](bool, std::uint64_t) {};

    // The disk held much more than the queue needs, and space was freed.
    std::function<void(std::uint64_t before, std::uint64_t after)> on_reclaimed =
        [](std::uint64_t, std::uint64_t) {};

    // Others can write to the queue folder; or another process has the queue, and we wait for it.
    std::function<void(std::string_view doubt)> on_doubtful_folder = [](std::string_view) {};
    std::function<void(std::string_view holder)> on_waiting = [](std::string_view) {};
    // The queue folder is ours alone from now on.
    std::function<void()> on_taken = [] {};

    // Everything that was in the queue at the start has been announced.
    std::function<void(std::uint64_t deliveries)> on_recovered = [](std::uint64_t) {};
};

struct store_options {
    std::filesystem::path directory;

    // How long to wait for another process that has the queue.
    std::chrono::milliseconds lock_wait{};

    // With less free space than this, new mail is refused until there is 1.2 times as much
    // (decision 16).
    std::uint64_t free_min = 512ULL << 20;
    // Size of a reserve file, which is deleted when the disk is full so that removals have space.
    std::uint64_t reserve = 64ULL << 20;
    // Memory for records that are not in tables yet. Another quarter of it is used for blocks of
    // tables.
    std::size_t memtables = 32ULL << 20;
    // Threads that read bodies.
    std::size_t readers = 2;
    // Just-committed messages kept in memory for their first attempt.
    std::size_t recent_max = 16ULL << 20;

    // Mail that is overdue at the start is spread over this time (decision 25). No entry is
    // further ahead than `pause_max`, unless the clock jumped.
    std::chrono::milliseconds spread = std::chrono::minutes(5);
    std::chrono::milliseconds pause_max = std::chrono::minutes(144);

    // Pauses between attempts to reopen the store after a failed write: doubling.
    std::chrono::milliseconds reopen_min = std::chrono::milliseconds(100);
    std::chrono::milliseconds reopen_max = std::chrono::seconds(10);

    // How often the store checks whether the disk holds much more than the queue needs.
    std::chrono::milliseconds reclaim_interval = std::chrono::seconds(10);

    // Called with the last stored time of the queue's clock, before `now` is called.
    std::function<void(time_point last)> resume = [](time_point) {};

    // Functions of the outside world. All but the last four must be set. They must be thread-safe.
    std::function<time_point()> now;                        // the queue's clock
    std::function<std::chrono::nanoseconds()> steady;       // from any starting point
    std::function<double()> draw;                           // uniform in [0, 1)
    std::function<time_point()> calendar = {};              // wall clock; default: `now`
    std::function<std::uint64_t()> free_space = {};         // bytes; default: of the disk
    std::function<std::error_code()> sync_doubt = {};       // default: of a sync_witness
    std::shared_ptr<rocksdb::FileSystem> file_system = {};  // default: the real one
};

}  // namespace kurir::queue
