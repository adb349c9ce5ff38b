// The store on the local disk: RocksDB below, one thread that writes, two that read.
//
// Life cycle: `open` (takes the lock, opens the database, salvages a damaged log), `set_listener`,
// `start` (announces the queued deliveries in the background, while mail is already accepted),
// `close`. `queue/FORMAT.md` describes what is on disk and what a crash at each point means;
// `queue/README.md` gives the reasons for the design.
//
// After a failed write or sync the database is closed and reopened, repeatedly if necessary. The
// calls of that batch end with `errc::failed` (`errc::full` if the disk was full), settlements are
// kept and written next, and nothing of the failed batch reappears (decision 2).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "metrics/metrics.hpp"
#include "queue/rocks/options.hpp"
#include "queue/store.hpp"
#include "queue/totals.hpp"

namespace kurir::queue {

class rocks_store;

// A store, or the reason why there is none, as a text for people: a process holds the lock, the
// directory is not writable, the database does not open.
struct opened_store {
    std::unique_ptr<rocks_store> store;
    std::string why_not;
};

class rocks_store final : public owned_store {
public:
    // `counts` must outlive the store. Its options' functions are called until `close` returns.
    static opened_store open(
        store_options options,
        metrics::store& counts,
        metrics::queue& queue_counts,
        store_observer observer = {}
    );
    ~rocks_store() override;

    void set_listener(delivery_listener listener) override;
    void set_change_listener(change_listener listener) override;
    void start() override;
    void close() override;

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
    void read_envelopes(
        std::vector<message_id> ids, completion_queue& home, completion<stored_envelopes> done
    ) override;
    void read_chunk(
        message_id id, std::uint32_t index, completion_queue& home, completion<std::string> done
    ) override;
    void find_names(
        std::vector<std::string> names, completion_queue& home, completion<named_messages> done
    ) override;
    store_state state() const override;
    void bulk(
        bulk_order order, completion_queue& home, std::function<void(const bulk_progress&)> report
    ) override;

    // One process owns the queue (`lock.hpp`), and so claims are never lost.
    void claim(claim_order wanted, completion_queue& home, completion<std::size_t> done) override;
    void renew(
        std::vector<claimed> held, completion_queue& home, completion<std::vector<claimed>> lost
    ) override;
    void release(std::vector<claimed> held) override;

    void set_pressure(pressure level) override;
    bool low_on_space() const override;
    store_totals totals() const override;

    // True until all deliveries that were queued at the start have been announced.
    bool recovering() const;

    // True if this process found the store's log damaged. For the details of readiness.
    bool wal_damaged() const;

    void publish() override;

private:
    struct parts;
    explicit rocks_store(std::unique_ptr<parts> parts);
    std::unique_ptr<parts> parts_;
};

}  // namespace kurir::queue
