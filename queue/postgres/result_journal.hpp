// Ends of attempts that the database has not written yet, on the local disk: a process that is
// killed while the database is away does not deliver again what a remote server has taken.
//
// Every settlement is known here from its request until the database has it. One that waits longer
// than `options::journal_after`, or at all while the database is known to be away, is written to
// the file, with one sync for all that wait. So a database that answers costs no sync here. The
// next process writes what it finds in the file, by the claim that it names: if another owner has
// claimed the entry since, it comes too late. The file is emptied when nothing in it is open.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "queue/message.hpp"
#include "queue/postgres/options.hpp"
#include "relay/base/open_file.hpp"
#include "relay/base/worker_threads.hpp"

namespace kurir::queue::postgres {

class result_journal {
public:
    using number = std::uint64_t;  // zero: of none

    struct result {
        number journal = 0;
        settlement end;
    };

    // Without `options::journal` it does nothing. `settings` must outlive it.
    explicit result_journal(const options& settings) : settings_(settings) {}

    // Reads what an earlier process left, and makes the file if there is none. A torn end is cut
    // off; a damaged file is copied to `damaged_path()`; one that can't be read is an error, and
    // stays. Before `start`.
    std::error_code open(std::vector<result>& left);
    std::filesystem::path damaged_path() const { return settings_.journal.string() + ".damaged"; }

    void start();
    // Writes what is open to the file, unless `forgets`: as a process that is killed.
    void stop(bool forgets = false);

    // Thread-safe.
    number add(const settlement& end);
    void settled(const std::vector<number>& written);
    void set_away(bool away);

private:
    using time = std::chrono::steady_clock::time_point;
    struct open_result {
        std::string record;
        time since;
    };

    void run();
    bool has_unwritten() const { return !open_.empty() && open_.rbegin()->first > on_disk_; }
    bool is_obsolete() const;
    void write_down(base::worker_threads::guard& lock);
    void empty_file();
    void note_works();
    std::error_code append(std::string_view text);
    std::error_code replace(const std::string& text);

    const options& settings_;
    bool works_ = false;  // since `open`

    // Under the lock of `thread_`:
    std::map<number, open_result> open_;
    number last_ = 0;
    number on_disk_ = 0;  // everything up to it is in the file
    bool away_ = false;
    bool waits_ = false;  // for something to be open
    bool forgets_ = false;
    std::uint64_t size_ = 0;  // of the file

    // Of the thread:
    std::unique_ptr<base::open_file> file_;
    time not_before_{};  // after a failure
    bool failing_ = false;

    base::worker_threads thread_;
};

}  // namespace kurir::queue::postgres
