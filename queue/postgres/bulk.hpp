// Carries out operators' orders over the whole queue, page by page, with a connection of its own.
//
// Removals are written by the writer, as everything else, part by part. One order runs at a time.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "queue/postgres/options.hpp"
#include "queue/postgres/writer.hpp"
#include "queue/store.hpp"
#include "relay/base/worker_threads.hpp"

namespace kurir::queue::postgres {

class bulk {
public:
    // Both must outlive it.
    bulk(const options& settings, writer& output) : settings_(settings), writer_(output) {}

    void start(change_listener listener);

    // Ends the running order after its page. It and all waiting orders complete as closed.
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
        std::map<message_id, std::uint64_t> seen = {};  // size of each message that was found
    };
    struct page {
        std::vector<entry_removal> chosen;
        std::pair<std::int64_t, std::int64_t> last;
        bool is_last = true;
    };

    void run();
    void carry_out(job& current);
    answer<page> read(const bulk_order& order, std::pair<std::int64_t, std::int64_t> after);
    answer<void> choose(const selection& wanted, std::vector<entry_removal>& entries);
    answer<void> act(job& current, std::vector<entry_removal> chosen);
    answer<void> move(const bulk_order& order, const std::vector<entry_removal>& chosen);
    void remove(job& current, std::vector<entry_removal> chosen);
    void tell(const job& current) const;

    const options& settings_;
    writer& writer_;
    change_listener listener_;
    std::unique_ptr<connection> database_;  // of the thread

    std::deque<job> waiting_;  // under the lock of `thread_`
    base::worker_threads thread_;
};

}  // namespace kurir::queue::postgres
