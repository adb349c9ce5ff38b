// The thread of an owner that claims what is due, renews and gives back what it has, and cleans up
// behind owners that are gone.
//
// It has a connection of its own, so that claims don't wait for writes. Without a database it does
// nothing: what is claimed stays claimed until the leases end, and a claim that could not be
// renewed is not reported as lost before somebody else has it. For a while after it has started
// or connected again it takes over nothing: other owners may be about to write how attempts ended
// during an outage.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <vector>

#include "queue/claim_lanes.hpp"
#include "queue/completing.hpp"
#include "queue/postgres/changes.hpp"
#include "queue/postgres/id_blocks.hpp"
#include "queue/postgres/options.hpp"
#include "queue/postgres/sum_look.hpp"
#include "queue/recent_cache.hpp"
#include "queue/shared_store.hpp"
#include "queue/store.hpp"
#include "relay/base/worker_threads.hpp"

namespace kurir::queue::postgres {

class claims {
public:
    // All must outlive it. `note_totals` gets the sums of the whole queue once a second;
    // `disconnected` is called when the database ended the connection.
    claims(
        const options& settings,
        const claimant& self,
        recent_cache& recent,
        id_blocks& ids,
        std::function<void(const store_totals&)> note_totals,
        std::function<void()> disconnected
    );

    void start(std::unique_ptr<connection> database, delivery_listener listener);
    // `leaving`: the owner is no node any more. Else it looks as if its process was killed.
    void stop(bool leaving);

    // Thread-safe.
    void claim(claim_order wanted, completion_queue& home, completion<std::size_t> done);
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
    // What the thread is asked, and who is told of it.
    template <class Asked, class Told>
    struct call {
        Asked asked;
        completion_queue* home = nullptr;
        completion<Told> done;

        void end(result<Told> told) { complete<Told>(*home, std::move(done), std::move(told)); }
    };
    using claiming = call<claim_order, std::size_t>;
    using renewal = call<std::vector<claimed>, std::vector<claimed>>;
    using taking = call<std::vector<entry_name>, std::size_t>;
    struct orders {
        std::vector<claiming> claims;
        std::vector<renewal> renewals;
        std::vector<claimed> released;
        std::vector<taking> takings;
        std::vector<std::promise<void>> looks;
        bool empty() const {
            return claims.empty() && renewals.empty() && released.empty() && takings.empty() &&
                   looks.empty();
        }
        // Nobody can tell: the claims are as they were.
        void end_unanswered();
    };

    template <class Call>
    void give(std::vector<Call> orders::* line, Call given);

    void run();
    void carry_out(orders next);
    void claim_now(claiming each);
    answer<std::size_t> claim_rows(const claim_order& wanted);
    void read(const rows& found, time_point now, std::vector<delivery>& all);
    std::size_t announce(const std::vector<rows>& found, time_point now);
    void renew_now(renewal each);
    void take_now(taking each);
    // Not while others may have ends of attempts to write that came before an outage.
    bool takes_over() const;
    void note_self();
    answer<void> release_now(const std::vector<claimed>& held);
    answer<void> look_after();
    bool connected();
    void failed(const sql_error& error);
    void worked();

    const options& settings_;
    const claimant& self_;
    recent_cache& recent_;
    id_blocks& ids_;
    const std::function<void(const store_totals&)> note_totals_;
    const std::function<void()> disconnected_;
    delivery_listener listener_;

    orders inbox_;          // under the lock of `thread_`
    bool leaving_ = false;  // the same

    // Of the thread:
    std::unique_ptr<connection> database_;
    time connect_at_{};
    time take_over_at_{};
    lane_turns turns_;
    sum_look sums_;
    bool failing_ = false;  // and the observer knows; until a statement about claims works
    time looked_at_{};
    time cleaned_at_{};

    base::worker_threads thread_;
};

}  // namespace kurir::queue::postgres
