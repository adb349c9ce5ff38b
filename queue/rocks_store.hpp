// The store on the local disk: RocksDB below, one thread that writes, two that read.
//
// Life: `open` (takes the lock, opens the database, salvages a damaged log), `set_listener`,
// `start` (announces what is in the queue, in the background, while mail is already accepted),
// `close`. `queue/FORMAT.md` describes what is on disk and what a crash at each point means;
// `queue/README.md` why it is made like this.
//
// After a failed write or sync the database is closed and opened again, until that works: the calls
// it hit end with `errc::failed` (`errc::full` if the disk was full), settlements are kept and
// written next, and nothing of what failed comes back (decisions 2).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "metrics/metrics.hpp"
#include "queue/options.hpp"
#include "queue/store.hpp"
#include "queue/totals.hpp"

namespace kurir::queue {

class rocks_store;

// A store, or the reason why there is none, for a human: the lock is held by a process, the
// directory cannot be written, the database does not open.
struct opened_store {
    std::unique_ptr<rocks_store> store;
    std::string why_not;
};

class rocks_store final : public store, public bulk_store {
public:
    // `counts` must outlive the store. Its options' functions are called until `close` returns.
    static opened_store open(
        store_options options,
        metrics::store& counts,
        metrics::queue& queue_counts,
        store_observer observer = {}
    );
    ~rocks_store() override;

    // Once, before `start`.
    void set_listener(delivery_listener listener);
    void set_change_listener(change_listener listener);

    // Accepts calls and begins to announce what is in the queue.
    void start();

    // Ends everything: batches that wait are written, every call is completed. Idempotent; not from
    // a thread of the store.
    void close();

    message_id allocate() override;
    void append(
        message_id id,
        std::uint32_t index,
        std::string bytes,
        completion_queue& home,
        completion<void> done
    ) override;
    void commit(submission message, completion_queue& home, completion<void> done) override;
    void settle(settlement end, completion_queue& home, completion<void> done) override;
    void discard(message_id id, std::uint32_t chunks) override;
    void read(
        message_id id,
        completion_queue& home,
        completion<std::shared_ptr<const stored_message>> done
    ) override;
    std::shared_ptr<const stored_message> read_recent(message_id id) override;
    void read_chunk(
        message_id id, std::uint32_t index, completion_queue& home, completion<std::string> done
    ) override;
    store_state state() const override;
    void bulk(
        bulk_order order, completion_queue& home, std::function<void(const bulk_progress&)> report
    ) override;

    // While memory is scarce new mail is refused, as on a full disk. Thread-safe.
    void set_pressure(pressure now);

    // The disk is low on space: why `state` is `full`, unless memory is scarce.
    bool low_on_space() const;

    store_totals totals() const;

    // What was in the queue at the start is not announced in full yet.
    bool recovering() const;

    // The log of the store was found damaged since this process runs: for readiness' detail.
    bool wal_damaged() const;

    // Sets the gauges of `counts`, and of the queue's size, when Prometheus asks.
    void publish();

private:
    struct parts;
    explicit rocks_store(std::unique_ptr<parts> parts);
    std::unique_ptr<parts> parts_;
};

}  // namespace kurir::queue
