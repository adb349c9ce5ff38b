// The threads that read messages, each with a connection of its own.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "queue/postgres/connection.hpp"
#include "queue/postgres/options.hpp"
#include "queue/store.hpp"
#include "relay/base/worker_threads.hpp"

namespace kurir::queue::postgres {

class readers {
public:
    explicit readers(const options& settings) : settings_(settings) {}

    void start();

    // Completes what waits as closed.
    void stop();

    // As in queue/store.hpp. Without a database they end as closed.
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

    void find_names(
        std::vector<std::string> names, completion_queue& home, completion<named_messages> done
    );

private:
    // Null: there is no database.
    using question = std::function<void(connection*)>;

    template <class T, class Ask>
    void add(completion_queue& home, completion<T> done, Ask ask);
    void run();

    const options& settings_;
    std::deque<question> waiting_;  // under the lock of `threads_`
    base::worker_threads threads_;
};

}  // namespace kurir::queue::postgres
