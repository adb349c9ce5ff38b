// Carries out operators' orders over the whole queue: count, remove, flush.
//
// It has its own thread, runs one order at a time, and works in pieces of the schedule. It borrows
// the database for one piece only, and hands the next part of a removal to the committer when the
// part before is durable. So mail flow continues, and memory is bounded however long the queue is.
#pragma once

#include <deque>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "queue/id_source.hpp"
#include "queue/rocks/committer.hpp"
#include "queue/rocks/context.hpp"
#include "queue/store.hpp"
#include "relay/base/worker_threads.hpp"

namespace kurir::queue {

class bulk {
public:
    // `writer` and `ids` must outlive it.
    bulk(const queue::context& context, committer& writer, id_source& ids);

    void start(change_listener listener);

    // Ends the running order after its piece. It and all waiting orders complete as closed.
    void stop();

    void submit(
        bulk_order order, completion_queue& home, std::function<void(const bulk_progress&)> report
    );

private:
    struct job {
        bulk_order order;
        completion_queue* home = nullptr;
        std::function<void(const bulk_progress&)> report;
        bulk_progress progress = {};
        // For a count or a flush: id and size of the message of each entry with several recipients.
        std::vector<std::pair<message_id, std::uint64_t>> seen = {};
        // Messages that match so far, ascending, if their envelopes must be checked.
        std::vector<message_id> candidates = {};
        std::vector<removal> removed = {};  // not reported to the listener yet
        std::vector<delivery> moved = {};   // the same
        time_point event_time = {};
        std::uint64_t event_number = 0;
    };
    using items = std::vector<entry_removal>;

    void run();
    void carry_out(job& current);
    template <class Read>
    bool in_pieces(Read read_piece);
    bool read_envelopes(job& current, std::string& after, bool& last) const;
    bool read_entries(const job& current, std::string& after, items& found, bool& last) const;
    static void choose(const database& source, const selection& wanted, items& found);
    void act(job& current, items found);
    void remove(job& current, items found);
    result<remove_request::outcome> write(const job& current, items part);
    void tell(job& current, bool all);
    void finish(job& current);
    void report(const job& current) const;

    const context context_;
    committer& writer_;
    id_source& ids_;
    change_listener listener_;

    std::deque<job> waiting_;  // under the lock of `thread_`
    base::worker_threads thread_;
};

}  // namespace kurir::queue
