// The RocksDB below the store: opening, column families, and access from several threads.
//
// RocksDB is opened so that damage is noticed and no acknowledged mail is silently cut off. A
// damaged log is copied before its readable part is recovered (decision 1).
#pragma once

#include <rocksdb/db.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <shared_mutex>
#include <string>
#include <string_view>

#include "queue/rocks/options.hpp"
#include "queue/totals.hpp"

namespace kurir::queue {

// Column families. Their order is that of `family_names`.
enum class family : std::uint8_t {
    meta,        // RocksDB's `default`: numbers of the store itself
    envelope,    // id -> envelope
    body,        // id, chunk -> bytes
    recipient,   // id, recipient -> its state
    schedule,    // due, id, first recipient -> delivery
    incoming,    // id -> nothing: a body of several chunks that is not committed yet
    quarantine,  // family, key -> the record as it was found
    event,       // time, number -> text
};
inline constexpr std::array family_names{
    "default", "envelope", "body", "recipient", "schedule", "incoming", "quarantine", "event"
};

// Keys of `family::meta`.
inline constexpr std::string_view totals_key = "totals";
inline constexpr std::string_view ceiling_key = "ceiling";
inline constexpr std::string_view format_key = "format";
inline constexpr std::string_view clock_key = "clock";

// Off: nothing is rewritten in the background, so that damage in old files does not block new mail.
enum class compaction : std::uint8_t { on, off };

// True for a failed read that may succeed when it is tried again: anything but damage, and files
// that are gone.
bool is_passing(const rocksdb::Status& status) noexcept;

class database;

struct opened_database {
    std::unique_ptr<database> handle;  // null: `status` says why
    rocksdb::Status status;
    bool wal_damaged = false;
};

class database {
public:
    // Opens or creates the database in `options.directory`; salvages a damaged log and reports it
    // to `observer`.
    static opened_database open(
        const store_options& options,
        const store_observer& observer,
        compaction mode = compaction::on
    );

    database(const database&) = delete;
    database& operator=(const database&) = delete;
    ~database();

    rocksdb::DB* operator->() const noexcept { return db_.get(); }
    rocksdb::ColumnFamilyHandle* handle_of(family column) const noexcept {
        return families_[static_cast<std::size_t>(column)];
    }

    bool compacts() const noexcept { return compacts_; }

    rocksdb::Status get(family column, std::string_view key, rocksdb::PinnableSlice& value) const;

    // Ends at a damaged block; its status then has the error.
    std::unique_ptr<rocksdb::Iterator> scan(family column) const;

    // The stored sums. If their record is missing or damaged: those of `recount`.
    rocksdb::Status totals(store_totals& totals) const;

    // Reads the whole queue, for use after damage, when the sums can't be trusted.
    rocksdb::Status recount(store_totals& totals) const;

private:
    database() = default;

    bool compacts_ = true;
    std::unique_ptr<rocksdb::Env> env_;  // outlives `db_`
    std::unique_ptr<rocksdb::DB> db_;
    std::array<rocksdb::ColumnFamilyHandle*, family_names.size()> families_{};
};

// Holds the database; empty while it is reopened. One thread sets and removes it; others borrow it,
// and the removal waits until no one has it.
class database_place {
public:
    class lease {
    public:
        explicit lease(const database_place& place)
            : lock_(place.mutex_), database_(place.current_.get()) {}
        explicit operator bool() const noexcept { return database_ != nullptr; }
        const database& operator*() const noexcept { return *database_; }
        const database* operator->() const noexcept { return database_; }

    private:
        std::shared_lock<std::shared_mutex> lock_;
        const database* database_;
    };

    lease borrow() const { return lease(*this); }

    // For the one thread that calls `replace`.
    database* own() const noexcept { return current_.get(); }
    void replace(std::unique_ptr<database> successor);

    // True when the owner wants the database back: long work on it should end.
    std::atomic<bool>& hurry() noexcept { return hurry_; }

private:
    mutable std::shared_mutex mutex_;
    std::atomic<bool> hurry_{false};
    std::unique_ptr<database> current_;
};

}  // namespace kurir::queue
