#include "queue/rocks/reclaim.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "metrics/thread_heap.hpp"

namespace kurir::queue {

namespace {

// Bytes of a message beside its body: envelope, state, entry, and the overhead of tables.
constexpr std::uint64_t beside_body = 1024;
// Less waste than this is ignored.
constexpr std::uint64_t waste_ignored = 32ULL << 20;

constexpr std::array compacted{
    family::envelope, family::body, family::recipient, family::schedule, family::incoming
};

std::uint64_t size_of(const database& source) {
    std::uint64_t tables = 0;
    source->GetAggregatedIntProperty(rocksdb::DB::Properties::kTotalSstFilesSize, &tables);
    std::uint64_t bodies = 0;
    source->GetIntProperty(
        source.handle_of(family::body), rocksdb::DB::Properties::kTotalBlobFileSize, &bodies
    );
    return tables + bodies;
}

}  // namespace

std::uint64_t waste(const store_totals& queued, std::uint64_t on_disk) noexcept {
    const auto needed = queued.bytes + queued.messages * beside_body;
    return on_disk > 2 * needed ? on_disk - 2 * needed : 0;
}

std::uint64_t stuck_waste(
    const store_totals& begun, const store_totals& ended, std::uint64_t on_disk
) noexcept {
    return std::min(waste(begun, on_disk), waste(ended, on_disk));
}

bool worth_compacting(
    const store_totals& queued, std::uint64_t on_disk, std::uint64_t stuck
) noexcept {
    return waste(queued, on_disk) > stuck + waste_ignored;
}

reclaim::reclaim(const queue::context& context, const committer& writer)
    : context_(context), writer_(writer) {}

void reclaim::start() {
    thread_.start([this] { run(); });
}

void reclaim::stop() {
    context_.place.hurry() = true;
    thread_.stop();
}

void reclaim::run() {
    metrics::claim_thread_heap();
    while (thread_.pause(context_.options.reclaim_interval))
        look();
}

void reclaim::look() {
    const auto open = context_.place.borrow();
    if (!open || !open->compacts()) return;
    const auto begun = writer_.totals();
    const auto before = size_of(*open);
    if (!worth_compacting(begun, before, stuck_)) return;

    rocksdb::CompactRangeOptions options;
    options.exclusive_manual_compaction = false;
    options.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForceOptimized;
    options.blob_garbage_collection_policy = rocksdb::BlobGarbageCollectionPolicy::kForce;
    options.blob_garbage_collection_age_cutoff = 1.0;
    options.canceled = &context_.place.hurry();
    for (const auto each : compacted) {
        if (context_.place.hurry()) return;
        // Errors are ignored here: the next write reports them, and no data moves.
        (*open)
            ->CompactRange(options, open->handle_of(each), nullptr, nullptr)
            .PermitUncheckedError();
    }
    // RocksDB keeps logs as long as a family has records in memory only.
    std::vector<rocksdb::ColumnFamilyHandle*> all;
    for (std::size_t i = 0; i < family_names.size(); ++i)
        all.push_back(open->handle_of(static_cast<family>(i)));
    (*open)->Flush({}, all).PermitUncheckedError();
    const auto after = size_of(*open);
    stuck_ = stuck_waste(begun, writer_.totals(), after);
    context_.observer.on_reclaimed(before, after);
}

}  // namespace kurir::queue
