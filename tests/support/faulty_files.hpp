// A file system for RocksDB that fails when told, and forgets what was not synced, as a power cut
// does.
#pragma once

#include <rocksdb/file_system.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <utility>

namespace tests {

class faulty_files final : public rocksdb::FileSystemWrapper {
public:
    enum class fault : std::uint8_t { io_error, no_space };

    faulty_files() : FileSystemWrapper(rocksdb::FileSystem::Default()) {}
    const char* Name() const override { return "faulty_files"; }

    // The `nth` write or sync from now on fails (1: the next), and the `times - 1` after it.
    void fail(fault kind, int nth, int times) {
        const std::lock_guard lock(mutex_);
        kind_ = kind;
        first_ = operations_ + nth;
        last_ = first_ + times - 1;
    }
    void heal() {
        const std::lock_guard lock(mutex_);
        first_ = last_ = 0;
    }
    // Every read of a file whose name ends so fails from now on, until `read_again`.
    void fail_reads(std::string suffix) { fail_nth_read(std::move(suffix), 1, 1 << 30); }
    void read_again() { fail_reads(""); }
    // The `nth` read of such files from now on fails (1: the next), and the `times - 1` after it.
    void fail_nth_read(std::string suffix, int nth, int times) {
        const std::lock_guard lock(mutex_);
        unreadable_ = std::move(suffix);
        reads_ = 0;
        first_read_ = nth;
        last_read_ = nth + times - 1;
    }
    int failures() const {
        const std::lock_guard lock(mutex_);
        return failures_;
    }

    // Is told before and after each sync (written, synced), and after a file was renamed or
    // deleted. Set before the first file is opened.
    using step_listener = std::function<void(std::string_view path, std::string_view step)>;
    void on_step(step_listener listener) { listener_ = std::move(listener); }

    // Cuts every file to what was synced of it. The database must be closed.
    void forget_unsynced() {
        lose_unsynced([] {});
    }

    // The same with files that are open, and then `end` before anything more is written.
    void lose_unsynced(const std::function<void()>& end) {
        const std::unique_lock no_write(writing_);
        const std::lock_guard lock(mutex_);
        for (const auto& [path, size] : synced_) {
            std::error_code gone;
            if (std::filesystem::file_size(path, gone) > size && !gone) {
                std::filesystem::resize_file(path, size);
            }
        }
        end();
    }

    rocksdb::IOStatus NewWritableFile(
        const std::string& path,
        const rocksdb::FileOptions& options,
        std::unique_ptr<rocksdb::FSWritableFile>* file,
        rocksdb::IODebugContext* context
    ) override {
        auto status = target()->NewWritableFile(path, options, file, context);
        if (status.ok()) {
            {
                const std::lock_guard lock(mutex_);
                synced_[path] = 0;
            }
            *file = std::make_unique<watched_file>(*this, path, std::move(*file));
        }
        return status;
    }

    rocksdb::IOStatus NewRandomAccessFile(
        const std::string& path,
        const rocksdb::FileOptions& options,
        std::unique_ptr<rocksdb::FSRandomAccessFile>* file,
        rocksdb::IODebugContext* context
    ) override {
        if (auto status = reading(path); !status.ok()) return status;
        auto status = target()->NewRandomAccessFile(path, options, file, context);
        if (status.ok()) *file = std::make_unique<read_file>(*this, path, std::move(*file));
        return status;
    }

    rocksdb::IOStatus RenameFile(
        const std::string& from,
        const std::string& to,
        const rocksdb::IOOptions& options,
        rocksdb::IODebugContext* context
    ) override {
        auto status = target()->RenameFile(from, to, options, context);
        {
            const std::lock_guard lock(mutex_);
            if (const auto found = synced_.find(from); status.ok() && found != synced_.end()) {
                synced_[to] = found->second;
                synced_.erase(found);
            }
        }
        tell(to, "renamed");
        return status;
    }

    rocksdb::IOStatus DeleteFile(
        const std::string& path, const rocksdb::IOOptions& options, rocksdb::IODebugContext* context
    ) override {
        auto status = target()->DeleteFile(path, options, context);
        tell(path, "deleted");
        return status;
    }

private:
    class watched_file final : public rocksdb::FSWritableFileOwnerWrapper {
    public:
        watched_file(
            faulty_files& owner, std::string path, std::unique_ptr<rocksdb::FSWritableFile> file
        )
            : FSWritableFileOwnerWrapper(std::move(file)), owner_(owner), path_(std::move(path)) {}

        rocksdb::IOStatus Append(
            const rocksdb::Slice& data,
            const rocksdb::IOOptions& options,
            rocksdb::IODebugContext* context
        ) override {
            if (auto status = owner_.operation(); !status.ok()) return status;
            const std::shared_lock write(owner_.writing_);
            return target()->Append(data, options, context);
        }
        rocksdb::IOStatus Append(
            const rocksdb::Slice& data,
            const rocksdb::IOOptions& options,
            const rocksdb::DataVerificationInfo& verification,
            rocksdb::IODebugContext* context
        ) override {
            if (auto status = owner_.operation(); !status.ok()) return status;
            const std::shared_lock write(owner_.writing_);
            return target()->Append(data, options, verification, context);
        }
        rocksdb::IOStatus RangeSync(
            std::uint64_t offset,
            std::uint64_t size,
            const rocksdb::IOOptions& options,
            rocksdb::IODebugContext* context
        ) override {
            if (auto status = owner_.operation(); !status.ok()) return status;
            return target()->RangeSync(offset, size, options, context);
        }
        rocksdb::IOStatus Sync(const rocksdb::IOOptions& options, rocksdb::IODebugContext* context)
            override {
            if (auto status = owner_.operation(); !status.ok()) return status;
            owner_.tell(path_, "written");
            auto status = sync(options, context);
            owner_.tell(path_, "synced");
            return status;
        }
        rocksdb::IOStatus Fsync(const rocksdb::IOOptions& options, rocksdb::IODebugContext* context)
            override {
            return Sync(options, context);
        }

    private:
        rocksdb::IOStatus sync(
            const rocksdb::IOOptions& options, rocksdb::IODebugContext* context
        ) {
            const std::shared_lock write(owner_.writing_);
            auto status = target()->Sync(options, context);
            if (status.ok()) owner_.synced(path_, target()->GetFileSize(options, context));
            return status;
        }

        faulty_files& owner_;
        const std::string path_;
    };

    class read_file final : public rocksdb::FSRandomAccessFileOwnerWrapper {
    public:
        read_file(
            faulty_files& owner, std::string path, std::unique_ptr<rocksdb::FSRandomAccessFile> file
        )
            : FSRandomAccessFileOwnerWrapper(std::move(file)),
              owner_(owner),
              path_(std::move(path)) {}

        rocksdb::IOStatus Read(
            std::uint64_t offset,
            std::size_t size,
            const rocksdb::IOOptions& options,
            rocksdb::Slice* result,
            char* scratch,
            rocksdb::IODebugContext* context
        ) const override {
            if (auto status = owner_.reading(path_); !status.ok()) return status;
            return target()->Read(offset, size, options, result, scratch, context);
        }
        rocksdb::IOStatus
        Prefetch(std::uint64_t, std::size_t, const rocksdb::IOOptions&, rocksdb::IODebugContext*)
            override {
            return rocksdb::IOStatus::NotSupported("what is read is read by Read");
        }

    private:
        faulty_files& owner_;
        const std::string path_;
    };

    rocksdb::IOStatus reading(const std::string& path) {
        const std::lock_guard lock(mutex_);
        if (unreadable_.empty() || !path.ends_with(unreadable_)) return rocksdb::IOStatus::OK();
        ++reads_;
        if (reads_ < first_read_ || reads_ > last_read_) return rocksdb::IOStatus::OK();
        ++failures_;
        return rocksdb::IOStatus::IOError("injected");
    }

    rocksdb::IOStatus operation() {
        const std::lock_guard lock(mutex_);
        ++operations_;
        if (operations_ < first_ || operations_ > last_) return rocksdb::IOStatus::OK();
        ++failures_;
        return kind_ == fault::no_space ? rocksdb::IOStatus::NoSpace("injected")
                                        : rocksdb::IOStatus::IOError("injected");
    }

    void tell(const std::string& path, std::string_view step) const {
        if (listener_) listener_(path, step);
    }

    void synced(const std::string& path, std::uint64_t size) {
        const std::lock_guard lock(mutex_);
        synced_[path] = size;
    }

    step_listener listener_;
    std::shared_mutex writing_;  // shared by whoever writes; taken before `mutex_`
    mutable std::mutex mutex_;
    fault kind_ = fault::io_error;
    int operations_ = 0;
    int first_ = 0;
    int last_ = 0;
    int failures_ = 0;
    std::string unreadable_;
    int reads_ = 0;
    int first_read_ = 0;
    int last_read_ = 0;
    std::map<std::string, std::uint64_t> synced_;
};

}  // namespace tests
