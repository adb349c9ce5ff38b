#include "queue/rocks/parts.hpp"

#include <algorithm>
#include <utility>

#include "queue/failpoint.hpp"
#include "queue/rocks/context.hpp"
#include "queue/rocks/format.hpp"
#include "queue/rocks/opening.hpp"

namespace kurir::queue {

rocks_store::parts::parts(
    store_options&& given, metrics::store& of_store, metrics::queue& of_queue, store_observer&& told
)
    : options(std::move(given)),
      counts(of_store),
      queue_counts(of_queue),
      observer(std::move(told)),
      recent(options.recent_max) {}

bool rocks_store::parts::prepare(std::string& why_not) {
    auto opened = open_folder(options, observer, counts);
    lock = std::move(opened.lock);
    if (!opened.handle) {
        why_not = std::move(opened.why_not);
        return false;
    }
    wal_damaged = opened.wal_damaged;
    place.replace(std::move(opened.handle));
    return begin(why_not);
}

bool rocks_store::parts::read_records(start_records& records, std::string& why_not) {
    const database& handle = *place.own();
    if (const auto foreign = foreign_format(handle); !foreign.empty()) {
        why_not = "cannot use the queue in " + options.directory.string() + ": " + foreign;
        return false;
    }
    const auto status = read_start_records(handle, wal_damaged, records);
    if (!status.ok()) {
        why_not =
            "cannot read the queue in " + options.directory.string() + ": " + status.ToString();
    }
    return status.ok();
}

rocksdb::Status rocks_store::parts::write_records(
    message_id ceiling, const store_totals& totals, time_point now
) {
    auto status = write_start_records(*place.own(), ceiling, totals, now);
    if (!status.IsCorruption() && !status.IsPathNotFound()) return status;
    // A compaction has met damage already.
    counts.store_reopens_total(metrics::reopen_cause::corruption).inc();
    observer.on_reopening(status.ToString());
    place.replace(nullptr);
    auto opened = database::open(options, observer, compaction::off);
    status =
        opened.handle ? write_start_records(*opened.handle, ceiling, totals, now) : opened.status;
    place.replace(std::move(opened.handle));
    if (status.ok()) observer.on_reopened();
    return status;
}

bool rocks_store::parts::begin(std::string& why_not) {
    start_records records;
    if (!read_records(records, why_not)) return false;
    const auto& clock = records.clock;
    if (clock.at) options.resume(*clock.at);
    const auto now = options.now();
    // The time by which the wall clock advanced and the queue's clock did not.
    std::chrono::milliseconds down{};
    if (clock.at) down = (options.calendar() - clock.calendar) - (now - *clock.at);
    down = std::max(down, std::chrono::milliseconds());
    const auto floor = records.ceiling;
    const auto ceiling = id_source::first_ceiling(floor, now);
    if (const auto status = write_records(ceiling, records.totals, now); !status.ok()) {
        why_not =
            "cannot write the queue in " + options.directory.string() + ": " + status.ToString();
        return false;
    }
    failpoint("store_begun");
    ids.emplace(floor, ceiling);
    const queue::context context{options, observer, counts, queue_counts, place};
    writer.emplace(context, recent, *ids, records.totals, wal_damaged);
    readers.emplace(context, *writer);
    recovery.emplace(context, *writer, floor, wal_damaged, down);
    orders.emplace(context, *writer, *ids);
    reclaim.emplace(context, *writer);
    return true;
}

void rocks_store::parts::publish_sizes() const {
    const auto open = place.borrow();
    if (!open) return;
    const auto sum = [&open](const std::string& property) {
        std::uint64_t value = 0;
        (*open)->GetAggregatedIntProperty(property, &value);
        return static_cast<double>(value);
    };
    const auto property_value = [&open](const std::string& property) {
        std::uint64_t value = 0;
        (*open)->GetIntProperty(property, &value);
        return static_cast<double>(value);
    };
    using properties = rocksdb::DB::Properties;
    counts.store_memtable_bytes.set(sum(properties::kCurSizeAllMemTables));
    counts.store_pending_compaction_bytes.set(sum(properties::kEstimatePendingCompactionBytes));
    counts.store_block_cache_bytes.set(property_value(properties::kBlockCacheUsage));
    counts.store_background_errors.set(property_value(properties::kBackgroundErrors));
    counts.store_write_stopped.set(property_value(properties::kIsWriteStopped));
    counts.store_delayed_write_bytes_per_second.set(
        property_value(properties::kActualDelayedWriteRate)
    );
}

}  // namespace kurir::queue
