// The queue of a relay that is gone, opened to take its messages out: with a clock of its own, and
// without deliveries. Blocks: for a thread of its own.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "metrics/metrics.hpp"
#include "queue/backlog.hpp"
#include "queue/store.hpp"
#include "relay/base/result.hpp"
#include "relay/control/queue_json.hpp"
#include "relay/control/queue_view.hpp"

namespace kurir::app {

class other_queue {
public:
    // Takes the lock. `free_min`: as KURIR_QUEUE_MIN_FREE. The error says why not, as a sentence
    // that names the folder.
    static base::result<std::unique_ptr<other_queue>, std::string> open(
        const std::filesystem::path& folder, std::uint64_t free_min
    );
    other_queue(const other_queue&) = delete;
    other_queue& operator=(const other_queue&) = delete;
    ~other_queue();

    // Waits until all that is in it is known; false if `is_over` says so before.
    bool read(const std::function<bool()>& is_over);

    // Of the messages that wait, ascending; once it has been read.
    std::vector<queue::message_id> ids() const;
    // All deliveries of a message, with the message. Empty: it is gone, or can't be read.
    std::vector<control::listed> message(queue::message_id id);
    std::optional<std::string> chunk(const queue::stored_message& message, std::uint32_t index);
    // Durably, all of one message at once. False: it can't be written, and the queue is closed;
    // `is_over`: it is no longer waited for.
    bool remove(
        const std::vector<control::listed>& deliveries, const std::function<bool()>& is_over
    );

    control::clock_reading clocks() const;
    std::uint64_t messages() const { return store_->totals().messages; }

private:
    // Goes on from where the last process stopped it (queue/FORMAT.md, "The clock").
    struct clock;

    other_queue();
    void announced(std::vector<queue::delivery> deliveries);

    std::shared_ptr<clock> clock_;
    metrics::all counts_;  // nobody sees them
    std::unique_ptr<queue::owned_store> store_;
    mutable std::mutex mutex_;
    std::condition_variable told_;
    bool read_ = false;  // under `mutex_`, as the next
    queue::backlog waiting_;
};

}  // namespace kurir::app
