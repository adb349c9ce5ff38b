#include "queue/rocks/start_records.hpp"

#include <algorithm>
#include <chrono>
#include <string>

#include "queue/codec.hpp"
#include "queue/rocks/format.hpp"
#include "queue/rocks/keys.hpp"
#include "queue/rocks/name_keys.hpp"

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

}  // namespace

rocksdb::Status read_start_records(const database& source, bool recount, start_records& records) {
    auto status = clock_on_record(source, records.clock);
    if (status.ok()) status = ceiling_on_record(source, records.ceiling);
    if (!status.ok()) return status;
    return recount ? source.recount(records.totals) : source.totals(records.totals);
}

rocksdb::Status write_start_records(
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
    const auto old = names_to_forget(now);
    if (status.ok() && old.first < old.end) {
        status = batch.DeleteRange(target.handle_of(family::meta), old.first, old.end);
    }
    if (!status.ok()) return status;
    rocksdb::WriteOptions options;
    options.sync = true;
    return target->Write(options, &batch);
}

}  // namespace kurir::queue
