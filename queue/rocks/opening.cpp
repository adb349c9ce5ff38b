#include "queue/rocks/opening.hpp"

#include <poll.h>

#include <filesystem>
#include <optional>
#include <utility>

#include "queue/rocks/at_rest.hpp"
#include "queue/rocks/folder.hpp"
#include "queue/rocks/format.hpp"
#include "queue/rocks/salvage.hpp"
#include "queue/rocks/space.hpp"

namespace kurir::queue {

namespace {

// Why the queue does not open, which files are to blame, and what to do.
std::string refusal(const store_options& options, const rocksdb::Status& status) {
    auto text = "cannot open the queue in " + options.directory.string() + ": " + status.ToString();
    if (!status.IsCorruption() && !status.IsPathNotFound()) return text;
    std::string names;
    for (const auto& name : unreadable_tables(options.directory))
        names += " " + name;
    if (!names.empty()) text += "; damaged:" + names;
    return text +
           "; copy the folder before anything else, then see queue/FORMAT.md, "
           "\"When the queue does not open\"";
}

// Waits for another process that has it, as long as the options say.
bool take_lock(
    const store_options& options,
    const store_observer& observer,
    directory_lock& lock,
    std::string& why_not
) {
    constexpr int look_interval_ms = 100;
    const auto until = options.steady() + options.lock_wait;
    bool told = false;
    while (!lock.take(options.directory, options.calendar(), why_not)) {
        if (!lock.is_held_elsewhere() || options.steady() >= until) return false;
        if (!std::exchange(told, true)) observer.on_waiting(why_not);
        ::poll(nullptr, 0, look_interval_ms);
    }
    return true;
}

// Refuses what this version must not touch, and files that changed while the store was closed. What
// was found in the log is in `changed`.
bool look_at_files(const store_options& options, changed_at_rest& changed, std::string& why_not) {
    if (const auto foreign = foreign_format(options); !foreign.empty()) {
        why_not = "cannot use the queue in " + options.directory.string() + ": " + foreign;
        return false;
    }
    changed = look_at_rest(options.directory);
    if (!changed.manifest.empty()) {
        why_not = refusal(options, rocksdb::Status::Corruption(changed.manifest));
        return false;
    }
    if (const auto failed = forget_at_rest(options.directory)) {
        why_not = "cannot write to " + options.directory.string() + ": " + failed.message();
        return false;
    }
    return true;
}

// If the disk is full, the reserve's space may be enough.
opened_database open_with_reserve(const store_options& options, const store_observer& observer) {
    auto opened = database::open(options, observer);
    if (!opened.status.IsNoSpace()) return opened;
    reserve_file(options.directory / "reserve", options.reserve).give_up();
    return database::open(options, observer);
}

void open_database(
    const store_options& options,
    const store_observer& observer,
    metrics::store& counts,
    opened_folder& result
) {
    changed_at_rest changed;
    if (!look_at_files(options, changed, result.why_not)) return;
    std::optional<std::filesystem::path> copy;
    if (!changed.log.empty()) copy = copy_logs(options.directory, options.calendar());
    auto opened = open_with_reserve(options, observer);
    if (!opened.handle) {
        result.why_not = refusal(options, opened.status);
        return;
    }
    result.wal_damaged = opened.wal_damaged || !changed.log.empty();
    if (result.wal_damaged && !opened.wal_damaged) {
        observer.on_wal_damage(copy ? copy->string() : std::string(), changed.log);
    }
    if (result.wal_damaged) counts.store_wal_damage_total.inc();
    result.handle = std::move(opened.handle);
}

}  // namespace

taken_folder take_queue_folder(const store_options& options, const store_observer& observer) {
    taken_folder result;
    auto folder = take_folder(options.directory);
    if (!folder.why_not.empty()) {
        result.why_not = std::move(folder.why_not);
        return result;
    }
    if (!folder.doubt.empty()) observer.on_doubtful_folder(folder.doubt);
    std::string holder;
    if (take_lock(options, observer, result.lock, holder)) {
        observer.on_taken();
    } else {
        result.why_not = std::move(holder);
    }
    return result;
}

opened_folder open_folder(
    const store_options& options, const store_observer& observer, metrics::store& counts
) {
    auto taken = take_queue_folder(options, observer);
    opened_folder result;
    result.lock = std::move(taken.lock);
    result.why_not = std::move(taken.why_not);
    if (result.why_not.empty()) open_database(options, observer, counts, result);
    return result;
}

}  // namespace kurir::queue
