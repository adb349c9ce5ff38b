#include "queue/rocks/rocks_store.hpp"

#include <poll.h>

#include <algorithm>
#include <cassert>
#include <optional>
#include <utility>

#include "queue/codec.hpp"
#include "queue/failpoint.hpp"
#include "queue/id_source.hpp"
#include "queue/rocks/at_rest.hpp"
#include "queue/rocks/bulk.hpp"
#include "queue/rocks/committer.hpp"
#include "queue/rocks/database.hpp"
#include "queue/rocks/folder.hpp"
#include "queue/rocks/format.hpp"
#include "queue/rocks/lock.hpp"
#include "queue/rocks/readers.hpp"
#include "queue/rocks/recent_cache.hpp"
#include "queue/rocks/reclaim.hpp"
#include "queue/rocks/recovery.hpp"
#include "queue/rocks/salvage.hpp"
#include "queue/rocks/space.hpp"
#include "queue/rocks/sync_witness.hpp"
#include "queue/rocks/writes.hpp"

namespace kurir::queue {

namespace {

constexpr auto events_kept = std::chrono::days(30);

// The highest id that a record of the queue names: used only if the ceiling's record is damaged.
rocksdb::Status highest_id(const database& source, message_id& highest) {
    for (const auto column : {family::envelope, family::body, family::incoming}) {
        const auto keys = source.scan(column);
        keys->SeekToLast();
        if (is_passing(keys->status())) return keys->status();
        if (!keys->Valid()) continue;
        highest = std::max(highest, parse_id(keys->key().ToStringView()).value_or(message_id()));
    }
    return {};
}

rocksdb::Status ceiling_on_record(const database& source, message_id& ceiling) {
    rocksdb::PinnableSlice record;
    auto status = source.get(family::meta, ceiling_key, record);
    if (is_passing(status)) return status;
    const auto found = status.ok() ? decode_numbers(record.ToStringView(), 1) : std::nullopt;
    if (!found) return highest_id(source, ceiling);
    ceiling = message_id(found->front());
    return {};
}

// The time at which the queue's clock stopped, and the time of the wall clock then.
struct stopped_clock {
    std::optional<time_point> at;
    time_point calendar{};
};

rocksdb::Status clock_on_record(const database& source, stopped_clock& clock) {
    rocksdb::PinnableSlice record;
    auto status = source.get(family::meta, clock_key, record);
    if (is_passing(status)) return status;
    const auto found = status.ok() ? decode_numbers(record.ToStringView(), 2) : std::nullopt;
    if (!found) return {};
    const auto time = [](std::uint64_t number) {
        return time_point(std::chrono::milliseconds(static_cast<std::int64_t>(number)));
    };
    clock.at = time(found->front());
    clock.calendar = time(found->back());
    return {};
}

// What must be on disk before the first id is given out.
rocksdb::Status begin_process(
    const database& target, message_id ceiling, const store_totals& totals, time_point now
) {
    rocksdb::WriteBatch batch;
    std::string record;
    encode_numbers({format_version}, record);
    auto status = batch.Put(target.handle_of(family::meta), format_key, record);
    encode_numbers({ceiling.value()}, record);
    if (status.ok()) status = batch.Put(target.handle_of(family::meta), ceiling_key, record);
    encode_numbers({totals.messages, totals.recipients, totals.bytes}, record);
    if (status.ok()) status = batch.Put(target.handle_of(family::meta), totals_key, record);
    const auto oldest_kept = key::of_schedule(now - events_kept, message_id(), 0);
    if (status.ok()) {
        status = batch.DeleteRange(
            target.handle_of(family::event), rocksdb::Slice(), oldest_kept.bytes()
        );
    }
    if (!status.ok()) return status;
    rocksdb::WriteOptions options;
    options.sync = true;
    return target->Write(options, &batch);
}

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

}  // namespace

struct rocks_store::parts {
    parts(
        store_options&& given,
        metrics::store& of_store,
        metrics::queue& of_queue,
        store_observer&& told
    )
        : options(std::move(given)),
          counts(of_store),
          queue_counts(of_queue),
          observer(std::move(told)),
          recent(options.recent_max) {}

    bool prepare(std::string& why_not);
    bool take_lock(std::string& why_not);
    bool open_database(std::string& why_not);
    bool begin(std::string& why_not);

    const store_options options;
    metrics::store& counts;
    metrics::queue& queue_counts;
    const store_observer observer;

    directory_lock lock;
    database_place place;
    recent_cache recent;
    bool wal_damaged = false;
    std::optional<id_source> ids;
    std::optional<committer> writer;
    std::optional<queue::readers> readers;
    std::optional<queue::recovery> recovery;
    std::optional<queue::bulk> orders;
    std::optional<queue::reclaim> reclaim;
    change_listener changes;
    delivery_listener listener;
    bool started = false;
    bool closed = false;
};

bool rocks_store::parts::prepare(std::string& why_not) {
    auto folder = take_folder(options.directory);
    if (!folder.why_not.empty()) {
        why_not = std::move(folder.why_not);
        return false;
    }
    if (!folder.doubt.empty()) observer.on_doubtful_folder(folder.doubt);
    return take_lock(why_not) && open_database(why_not) && begin(why_not);
}

bool rocks_store::parts::take_lock(std::string& why_not) {
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

bool rocks_store::parts::open_database(std::string& why_not) {
    if (const auto foreign = foreign_format(options); !foreign.empty()) {
        why_not = "cannot use the queue in " + options.directory.string() + ": " + foreign;
        return false;
    }
    const auto changed = look_at_rest(options.directory);
    if (!changed.manifest.empty()) {
        why_not = refusal(options, rocksdb::Status::Corruption(changed.manifest));
        return false;
    }
    if (const auto failed = forget_at_rest(options.directory)) {
        why_not = "cannot write to " + options.directory.string() + ": " + failed.message();
        return false;
    }
    std::optional<std::filesystem::path> copy;
    if (!changed.log.empty()) copy = copy_logs(options.directory, options.calendar());
    auto opened = database::open(options, observer);
    if (opened.status.IsNoSpace()) {
        reserve_file(options.directory / "reserve", options.reserve).give_up();
        opened = database::open(options, observer);
    }
    if (!opened.handle) {
        why_not = refusal(options, opened.status);
        return false;
    }
    wal_damaged = opened.wal_damaged || !changed.log.empty();
    if (wal_damaged && !opened.wal_damaged) {
        observer.on_wal_damage(copy ? copy->string() : std::string(), changed.log);
    }
    if (wal_damaged) counts.store_wal_damage_total.inc();
    place.replace(std::move(opened.handle));
    return true;
}

bool rocks_store::parts::begin(std::string& why_not) {
    const database& handle = *place.own();
    if (const auto foreign = foreign_format(handle); !foreign.empty()) {
        why_not = "cannot use the queue in " + options.directory.string() + ": " + foreign;
        return false;
    }
    message_id floor;
    store_totals totals;
    stopped_clock clock;
    auto status = clock_on_record(handle, clock);
    if (status.ok()) status = ceiling_on_record(handle, floor);
    if (status.ok()) status = wal_damaged ? handle.recount(totals) : handle.totals(totals);
    if (!status.ok()) {
        why_not =
            "cannot read the queue in " + options.directory.string() + ": " + status.ToString();
        return false;
    }
    if (clock.at) options.resume(*clock.at);
    const auto now = options.now();
    // The time by which the wall clock advanced and the queue's clock did not.
    std::chrono::milliseconds down{};
    if (clock.at) down = (options.calendar() - clock.calendar) - (now - *clock.at);
    down = std::max(down, std::chrono::milliseconds());
    const auto ceiling = id_source::first_ceiling(floor, now);
    status = begin_process(handle, ceiling, totals, now);
    if (status.IsCorruption() || status.IsPathNotFound()) {
        // A compaction has met damage already.
        counts.store_reopens_total(metrics::reopen_cause::corruption).inc();
        observer.on_reopening(status.ToString());
        place.replace(nullptr);
        auto opened = database::open(options, observer, compaction::off);
        status =
            opened.handle ? begin_process(*opened.handle, ceiling, totals, now) : opened.status;
        place.replace(std::move(opened.handle));
        if (status.ok()) observer.on_reopened();
    }
    if (!status.ok()) {
        why_not =
            "cannot write the queue in " + options.directory.string() + ": " + status.ToString();
        return false;
    }
    failpoint("store_begun");
    ids.emplace(floor, ceiling);
    const queue::context context{options, observer, counts, queue_counts, place};
    writer.emplace(context, recent, *ids, totals, wal_damaged);
    readers.emplace(context, *writer);
    recovery.emplace(context, *writer, floor, wal_damaged, down);
    orders.emplace(context, *writer, *ids);
    reclaim.emplace(context, *writer);
    return true;
}

opened_store rocks_store::open(
    store_options options,
    metrics::store& counts,
    metrics::queue& queue_counts,
    store_observer observer
) {
    assert(options.now && options.steady && options.draw);
    if (!options.calendar) options.calendar = options.now;
    if (!options.free_space) {
        options.free_space = [directory = options.directory] {
            return queue::free_space(directory);
        };
    }
    if (!options.sync_doubt) {
        const auto witness = std::make_shared<sync_witness>(options.directory / "witness");
        options.sync_doubt = [witness] { return witness->doubt(); };
    }
    auto made =
        std::make_unique<parts>(std::move(options), counts, queue_counts, std::move(observer));
    opened_store opened;
    if (made->prepare(opened.why_not)) {
        opened.store.reset(new rocks_store(std::move(made)));
    }
    return opened;
}

rocks_store::rocks_store(std::unique_ptr<parts> made) : parts_(std::move(made)) {}

rocks_store::~rocks_store() {
    close();
}

void rocks_store::set_listener(delivery_listener listener) {
    assert(!parts_->started);
    parts_->listener = std::move(listener);
}

void rocks_store::set_change_listener(change_listener listener) {
    assert(!parts_->started);
    parts_->changes = std::move(listener);
}

void rocks_store::start() {
    assert(!parts_->started && !parts_->closed);
    parts_->started = true;
    parts_->recovery->start(parts_->listener);
    parts_->readers->start();
    parts_->writer->start(parts_->listener);
    parts_->orders->start(parts_->changes);
    parts_->reclaim->start();
}

void rocks_store::close() {
    if (std::exchange(parts_->closed, true)) return;
    parts_->recovery->stop();
    parts_->orders->stop();
    parts_->reclaim->stop();
    parts_->readers->stop();
    const bool was_open = parts_->writer->stop();
    if (was_open && !parts_->options.file_system) note_at_rest(parts_->options.directory);
    parts_->lock = {};
}

message_id rocks_store::allocate() {
    return parts_->ids->next(parts_->options.now());
}

void rocks_store::append(
    message_id id,
    std::uint32_t index,
    std::string bytes,
    completion_queue& home,
    completion<void> done
) {
    parts_->writer->submit(append_request{id, index, std::move(bytes), &home, std::move(done)});
}

void rocks_store::commit(submission message, completion_queue& home, completion<void> done) {
    parts_->writer->submit(commit_request{std::move(message), &home, std::move(done)});
}

void rocks_store::settle(settlement end, completion_queue& home, completion<void> done) {
    parts_->writer->submit(settle_request{std::move(end), &home, std::move(done)});
}

void rocks_store::discard(message_id id, std::uint32_t chunks) {
    parts_->writer->submit(discard_request{id, chunks});
}

void rocks_store::read(
    message_id id, completion_queue& home, completion<std::shared_ptr<const stored_message>> done
) {
    parts_->readers->read(id, home, std::move(done));
}

std::shared_ptr<const stored_message> rocks_store::read_recent(message_id id) {
    return parts_->recent.find(id);
}

void rocks_store::read_chunk(
    message_id id, std::uint32_t index, completion_queue& home, completion<std::string> done
) {
    parts_->readers->read_chunk(id, index, home, std::move(done));
}

store_state rocks_store::state() const {
    const auto state = parts_->writer->state();
    const bool scarce = parts_->writer->memory() != pressure::none;
    return state == store_state::open && scarce ? store_state::full : state;
}

void rocks_store::claim(std::size_t) {}

void rocks_store::renew(
    std::vector<claimed>, completion_queue& home, completion<std::vector<claimed>> lost
) {
    std::vector<std::function<void()>> completions;
    completions.emplace_back([lost = std::move(lost)] { lost(std::vector<claimed>()); });
    home.post(std::move(completions));
}

void rocks_store::release(std::vector<claimed>) {}

void rocks_store::set_pressure(pressure level) {
    parts_->writer->set_memory(level);
}

bool rocks_store::low_on_space() const {
    return parts_->writer->state() == store_state::full;
}

void rocks_store::bulk(
    bulk_order order, completion_queue& home, std::function<void(const bulk_progress&)> report
) {
    parts_->orders->submit(std::move(order), home, std::move(report));
}

store_totals rocks_store::totals() const {
    return parts_->writer->totals();
}

bool rocks_store::recovering() const {
    return parts_->recovery->running();
}

bool rocks_store::wal_damaged() const {
    return parts_->writer->wal_damaged();
}

void rocks_store::publish() {
    parts_->queue_counts.queue_size_bytes.set(static_cast<double>(totals().bytes));
    const auto on_disk = bytes_on_disk(parts_->options.directory);
    parts_->counts.store_size_bytes.set(static_cast<double>(on_disk));
    const auto open = parts_->place.borrow();
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
    auto& counts = parts_->counts;
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
