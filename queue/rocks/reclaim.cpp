#include "queue/rocks/reclaim.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <vector>

#include "metrics/thread_heap.hpp"

namespace kurir::queue {

namespace {

// What a message takes beside its body: envelope, state, entry, and what tables add.
constexpr std::uint64_t beside_body = 1024;
// Waste that is not worth any work.
constexpr std::uint64_t waste_ignored = 32ULL << 20;

constexpr std::array compacted{
    family::envelope, family::body, family::recipient, family::schedule, family::incoming
};

std::uint64_t size_of(const database& in) {
    std::uint64_t tables = 0;
    in->GetAggregatedIntProperty(rocksdb::DB::Properties::kTotalSstFilesSize, &tables);
    std::uint64_t bodies = 0;
    in->GetIntProperty(in.of(family::body), rocksdb::DB::Properties::kTotalBlobFileSize, &bodies);
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

reclaim::reclaim(const context& around, const committer& writer)
    : around_(around), writer_(writer) {}

reclaim::~reclaim() {
    assert(!thread_.joinable());
}

void reclaim::start() {
    thread_ = std::thread([this] { run(); });
}

void reclaim::stop() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    around_.place.hurry() = true;
    wake_.notify_all();
    if (thread_.joinable()) thread_.join();
}

void reclaim::run() {
    metrics::claim_thread_heap();
    std::unique_lock lock(mutex_);
    while (!wake_.wait_for(lock, around_.options.reclaim_interval, [this] { return stopping_; })) {
        lock.unlock();
        look();
        lock.lock();
    }
}

void reclaim::look() {
    const auto open = around_.place.borrow();
    if (!open || !open->compacts()) return;
    const auto begun = writer_.totals();
    const auto before = size_of(*open);
    if (!worth_compacting(begun, before, stuck_)) return;

    rocksdb::CompactRangeOptions options;
    options.exclusive_manual_compaction = false;
    options.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForceOptimized;
    options.blob_garbage_collection_policy = rocksdb::BlobGarbageCollectionPolicy::kForce;
    options.blob_garbage_collection_age_cutoff = 1.0;
    options.canceled = &around_.place.hurry();
    for (const auto each : compacted) {
        if (around_.place.hurry()) return;
        // What fails here is found by the next write, and stays where it is.
        (*open)->CompactRange(options, open->of(each), nullptr, nullptr).PermitUncheckedError();
    }
    // Logs are kept as long as a family has something in memory only.
    std::vector<rocksdb::ColumnFamilyHandle*> all;
    for (std::size_t i = 0; i < family_names.size(); ++i)
        all.push_back(open->of(static_cast<family>(i)));
    (*open)->Flush({}, all).PermitUncheckedError();
    const auto after = size_of(*open);
    stuck_ = stuck_waste(begun, writer_.totals(), after);
    around_.observer.on_reclaimed(before, after);
}

}  // namespace kurir::queue
