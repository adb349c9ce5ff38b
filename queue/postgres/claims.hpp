// The thread of an owner that claims what is due, renews and gives back what it has, and cleans up
// behind owners that are gone.
//
// It has a connection of its own, so that claims don't wait for writes. Without a database it does
// nothing: what is claimed stays claimed until the leases end, and a claim that could not be
// renewed is not reported as lost before somebody else has it.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <vector>

#include "queue/postgres/changes.hpp"
#include "queue/postgres/id_blocks.hpp"
#include "queue/postgres/options.hpp"
#include "queue/recent_cache.hpp"
#include "queue/shared_store.hpp"
#include "queue/store.hpp"
#include "relay/base/worker_threads.hpp"

namespace kurir::queue::postgres {

class claims {
public:
    // All must outlive it. `note_totals` gets the sums of the whole queue once a second.
    claims(
        const options& settings,
        const claimant& self,
        recent_cache& recent,
        id_blocks& ids,
        std::function<void(const store_totals&)> note_totals
    );

    void start(std::unique_ptr<connection> database, delivery_listener listener);
    // `leaving`: the owner is no node any more. Else it looks as if its process was killed.
    void stop(bool leaving);

    // Thread-safe.
    void claim(std::size_t room);
    void renew(
        std::vector<claimed> held, completion_queue& home, completion<std::vector<claimed>> lost
    );
    void release(std::vector<claimed> held);
    // As in queue/shared_store.hpp.
    void take(
        std::vector<entry_name> entries, completion_queue& home, completion<std::size_t> done
    );
    // Returns when everything that was asked for before is carried out.
    void look();

private:
    using time = std::chrono::steady_clock::time_point;
    struct renewal {
        std::vector<claimed> held;
        completion_queue* home = nullptr;
        completion<std::vector<claimed>> lost;
    };
    struct taking {
        std::vector<entry_name> entries;
        completion_queue* home = nullptr;
        completion<std::size_t> done;
    };
    struct orders {
        std::size_t room = 0;
        std::vector<renewal> renewals;
        std::vector<claimed> released;
        std::vector<taking> takings;
        std::vector<std::promise<void>> looks;
        bool empty() const {
            return room == 0 && renewals.empty() && released.empty() && takings.empty() &&
                   looks.empty();
        }
    };

    void run();
    void carry_out(orders next);
    answer<void> claim_now(std::size_t room);
    std::vector<delivery> read(const rows& found, time_point now);
    void renew_now(renewal each);
    void take_now(taking each);
    void note_self();
    answer<void> release_now(const std::vector<claimed>& held);
    answer<void> look_after();
    bool connected();
    void failed(const sql_error& error);

    const options& settings_;
    const claimant& self_;
    recent_cache& recent_;
    id_blocks& ids_;
    const std::function<void(const store_totals&)> note_totals_;
    delivery_listener listener_;

    orders inbox_;          // under the lock of `thread_`
    bool leaving_ = false;  // the same

    // Of the thread:
    std::unique_ptr<connection> database_;
    time connect_at_{};
    time looked_at_{};
    time cleaned_at_{};

    base::worker_threads thread_;
};

}  // namespace kurir::queue::postgres
