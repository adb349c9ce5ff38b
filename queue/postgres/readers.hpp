// The threads for what needs no claim: they read messages, and read and write the notice board.
// Each has a connection of its own.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "queue/postgres/changes.hpp"
#include "queue/postgres/connection.hpp"
#include "queue/postgres/message_reads.hpp"
#include "queue/postgres/options.hpp"
#include "queue/postgres/others.hpp"
#include "queue/shared_store.hpp"
#include "queue/store.hpp"
#include "relay/base/worker_threads.hpp"

namespace kurir::queue::postgres {

class readers {
public:
    // Both must outlive it.
    readers(const options& settings, const claimant& self) : settings_(settings), self_(self) {}

    void start();

    // Completes what waits as closed.
    void stop();

    // As in queue/store.hpp. Without a database they end as closed.
    void read(message_id id, completion_queue& home, completion<message_pointer> done);
    void read_envelopes(
        std::vector<message_id> ids, completion_queue& home, completion<stored_envelopes> done
    );
    void read_chunk(
        message_id id, std::uint32_t index, completion_queue& home, completion<std::string> done
    );

    void find_names(
        std::vector<std::string> names, completion_queue& home, completion<named_messages> done
    );

    // As in queue/shared_store.hpp.
    void browse(
        entry_name first, std::size_t limit, completion_queue& home, completion<other_entries> done
    );
    void find(
        std::vector<message_id> ids,
        completion_queue& home,
        completion<std::vector<other_entry>> done
    );
    // `question`: a statement of `read_nodes` (others.hpp).
    void nodes(
        const statement& question, completion_queue& home, completion<std::vector<node>> done
    );
    void tell_nodes(node_telling telling, completion_queue& home, completion<node_hearing> done);
    void post(std::vector<notice> notices, completion_queue& home, completion<void> done);
    void read_board(
        board_place last, std::size_t limit, completion_queue& home, completion<board_page> done
    );
    void draw_tokens(token_request request, completion_queue& home, completion<token_grant> done);

private:
    // Null: there is no database.
    using question = std::function<void(connection*)>;
    // A message that somebody waits for.
    struct wanted {
        message_id id;
        completion_queue* home;
        completion<message_pointer> done;
    };

    reading_owner question_now() const;
    template <class T, class Ask>
    void add(completion_queue& home, completion<T> done, Ask ask);
    void ask_for_messages();
    void read_wanted(connection* database);
    // Of a message that can't be read: puts it aside, if that is right. What is to be said of it.
    boost::system::error_code put_aside(
        connection& database, message_id id, boost::system::error_code wrong
    ) const;
    void run();

    const options& settings_;
    const claimant& self_;
    // Under the lock of `threads_`; if there is a wanted message, a question for it waits.
    std::deque<question> waiting_;
    std::deque<wanted> wanted_;
    base::worker_threads threads_;
};

}  // namespace kurir::queue::postgres
