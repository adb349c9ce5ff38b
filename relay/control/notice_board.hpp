// What is decided here and holds on all relays that share a queue: how it gets there
// (notice_board), and who takes what other relays have decided (notice_taker). Implemented by `app`
// and by those who keep decisions.
#pragma once

#include <functional>
#include <string_view>
#include <utility>
#include <vector>

#include "queue/notice.hpp"

namespace kurir::control {

// Thread-safe; waits for no database.
class notice_board {
public:
    virtual ~notice_board() = default;

    // A decision is about to be kept here. If this process ends before its `post`, the next one
    // posts what it finds.
    virtual void intend() = 0;
    // It was kept, and will be posted; or it was not, if there is none. One for each `intend`.
    virtual void post(std::vector<queue::notice> decided) = 0;
    // Something was learnt that is kept nowhere: it is posted with what comes next, within seconds.
    virtual void tell(std::vector<queue::notice> learnt) = 0;
};

// From before a decision is kept until it is posted, or dropped. `board` is null where nobody
// shares the queue.
class notice_intent {
public:
    explicit notice_intent(notice_board* board) : board_(board) {
        if (board_ != nullptr) board_->intend();
    }
    notice_intent(const notice_intent&) = delete;
    notice_intent& operator=(const notice_intent&) = delete;
    ~notice_intent() { post({}); }

    void post(std::vector<queue::notice> decided) {
        if (auto* board = std::exchange(board_, nullptr)) board->post(std::move(decided));
    }

private:
    notice_board* board_;
};

// Keeps the decisions of one kind. Called on one thread at a time, which it may block.
class notice_taker {
public:
    using known_keys = std::function<bool(std::string_view key)>;

    virtual ~notice_taker() = default;

    virtual queue::notice_kind kind() const = 0;
    // They hold from now on. What is so already changes nothing.
    virtual void take(const std::vector<queue::notice>& news) = 0;
    // What is kept here and `posted` does not know.
    virtual std::vector<queue::notice> beside(const known_keys& posted) = 0;
    // What is kept here was never posted, and its keys may be others' as well: it gets new ones, if
    // they were given here.
    virtual void join() {}
};

}  // namespace kurir::control
