// The threads that read: messages for attempts, chunks of large bodies.
//
// They are separate from the committer, so that reading a backlog never delays a sync (decision
// 5). Requests are started in order, at most two at a time. A message that can't be read is
// reported to the committer, which moves it to quarantine.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>

#include "queue/record.hpp"
#include "queue/rocks/committer.hpp"
#include "queue/rocks/context.hpp"
#include "queue/store.hpp"
#include "relay/base/worker_threads.hpp"

namespace kurir::queue {

class readers {
public:
    // `quarantine` must outlive the readers.
    readers(const queue::context& context, committer& quarantine);

    void start();

    // Completes the waiting requests, then ends. Later requests complete as closed.
    void stop();

    void read(
        message_id id,
        completion_queue& home,
        completion<std::shared_ptr<const stored_message>> done
    );
    void read_envelopes(
        std::vector<message_id> ids, completion_queue& home, completion<stored_envelopes> done
    );
    void read_chunk(
        message_id id, std::uint32_t index, completion_queue& home, completion<std::string> done
    );

private:
    template <class T>
    void add(
        completion_queue& home,
        completion<T> done,
        std::function<decoded<T>(const database&)> question,
        message_id about
    );
    void run();

    const context context_;
    committer& committer_;

    std::deque<std::function<void()>> waiting_;  // under the lock of `threads_`
    base::worker_threads threads_;
};

}  // namespace kurir::queue
