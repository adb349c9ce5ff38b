// Shares decisions with the other relays of a queue: posts on its notice board what is decided
// here, reads what others have posted every two seconds, and gives it to those who keep it.
//
// Nothing waits for the database: what is decided while it is away holds here at once, and is
// posted when it is back. A file of the queue folder (`board`) says of which board the lists there
// are a copy, and whether all of them was posted: so a relay that joins brings its own lists, and
// one that was away does not bring back what others removed meanwhile.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "metrics/operators.hpp"
#include "queue/shared_store.hpp"
#include "relay/app/board_copy.hpp"
#include "relay/app/notice_outbox.hpp"
#include "relay/base/worker_threads.hpp"
#include "relay/control/notice_board.hpp"

namespace kurir::app {

class notice_keeper final : public control::notice_board {
public:
    // `shared`, `counts` and the takers must outlive it. `folder`: of the queue.
    notice_keeper(
        queue::shared_store& shared, const std::filesystem::path& folder, metrics::operators& counts
    );
    notice_keeper(const notice_keeper&) = delete;
    notice_keeper& operator=(const notice_keeper&) = delete;
    ~notice_keeper() override;

    // Before `begin`.
    void add(control::notice_taker& taker) { takers_.push_back(&taker); }

    // Reads the whole board, once the store has started and before mail is accepted or tried.
    // False: the database can't be asked, which was logged.
    bool begin();
    void start();
    // Calls of the store that are under way are waited for.
    void stop();

    // What others don't know yet because the database can't be told, for /readyz; empty: nothing.
    std::string trouble() const;

    void intend() override;
    void post(std::vector<queue::notice> decided) override;
    void tell(std::vector<queue::notice> learnt) override;

private:
    void run();
    void post_waiting();
    void put(std::vector<queue::notice> decided);  // under the lock
    void publish();                                // under the lock
    void tell_unposted(const std::string& error);  // under the lock
    queue::result<void> read_news();
    void take(const queue::board_page& page);
    void hand_out(const std::vector<queue::notice>& news);
    void reconcile(const std::string& board);
    bool is_waiting(queue::notice_kind kind, const std::string& key) const;
    void keep_copy(bool is_behind);  // under the lock

    queue::shared_store& shared_;
    const std::filesystem::path file_;
    metrics::operators& counts_;
    std::vector<control::notice_taker*> takers_;

    // Of the thread, and of `begin` before it:
    queue::board_place place_;
    std::optional<board_contents> whole_;  // while the board is read from its start
    board_standing standing_ = board_standing::stranger;
    bool is_started_ = false;
    std::size_t read_ = 0;  // notices

    // Under the lock of `thread_`:
    board_copy copy_;
    notice_outbox outbox_;
    std::size_t intents_ = 0;
    bool urgent_ = false;           // something was decided since it was last posted
    std::string unposted_because_;  // what waits can't be posted, and that was told; else empty

    base::worker_threads thread_;
};

}  // namespace kurir::app
