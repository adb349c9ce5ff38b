// The queue's store: what is durable, and when.
//
// Every call returns at once and completes exactly once, on the completion queue that the caller
// names, also when the store is closed meanwhile (`errc::closed`). Calls may come from any thread.
//
// The instant of success: a `commit` that completes without error is on disk (synced) and survives
// power loss; so does a `settle`. `queue/FORMAT.md` says what each record means.
//
// The interface leaves room for a store that several nodes share (architecture.md).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "queue/error.hpp"
#include "queue/message.hpp"
#include "queue/selection.hpp"
#include "queue/totals.hpp"

namespace kurir::queue {

// Where completions run: one for each I/O thread. The store hands over those of one batch together.
class completion_queue {
public:
    virtual ~completion_queue() = default;
    virtual void post(std::vector<std::function<void()>> completions) = 0;
};

template <class T>
using completion = std::function<void(result<T>)>;

// A stored message, as an attempt needs it.
struct stored_message {
    envelope mail;
    std::vector<recipient_state> states;  // of recipients tried before and not finished
    std::string first_chunk;              // the whole body if `mail.chunks` is 1
};

// Told of every delivery that became durable (new mail, retries, bounces, recovered entries).
// Called on a thread of the store: must not block, and hands the values over to its own thread.
using delivery_listener = std::function<void(std::vector<delivery>)>;

// An entry of the schedule that an operator's removal changed, by the names it was announced with.
struct removal {
    message_id id;
    time_point entry{};                 // as `delivery::entry`
    std::uint32_t first_recipient = 0;  // `delivery::recipients.front()`
    std::vector<std::uint32_t> left{};  // recipients that stay; empty: the entry is gone
    bool message_gone = false;          // no entry of the message is left
};

// Told what `bulk_store::bulk` did, on a thread of the store, in pieces of at most 65,536.
//
// `removed` is told what is durable. A delivery that waits takes over `left` as its recipients, or
// is dropped if there are none; of a message that is gone every delivery is dropped, also those not
// named here. A delivery that is being tried is left alone: its settlement finds out, and then
// announces what is left of it, as ever. Whoever does not listen loses nothing: the delivery comes
// due, and `read` says `not_found`; only a recipient in the middle of a message that stays is then
// tried though it was removed.
//
// `moved` brings deliveries whose due time an operator changed, with the new one. It is not
// durable: the entry stays under its old time (`delivery::entry`), and a restart knows only
// that. A delivery that waits moves; one that is being tried, or not known (the start-up has not
// come to it), is ignored.
struct change_listener {
    std::function<void(std::vector<removal>)> removed = [](const auto&) {};
    std::function<void(std::vector<delivery>)> moved = [](const auto&) {};
};

// What an operator wants done with many messages at once.
enum class bulk_action { count, remove, flush };
struct bulk_order {
    bulk_action what = bulk_action::count;
    selection which = {};
    std::string by = {};  // who wants it: for the event record of a removal
    time_point due = {};  // of a flush: the new due time
};

// How far an order has come. Calls report after each piece, and once with `over`, which is last.
struct bulk_progress {
    store_totals done;  // messages, recipients, and bytes of the messages: found, or removed
    bool over = false;
    result<void> how{};  // once it is over: `errc::closed` if it could not be finished
};

enum class store_state {
    open,
    full,       // low space: no new mail, deliveries go on
    reopening,  // a write failed; closed until it has been reopened
    closed,
};

// How scarce memory is.
enum class pressure : std::uint8_t {
    none,
    tight,     // no new mail is to begin: `store_state::full`
    critical,  // and what has begun is not stored any more
};

class store {
public:
    virtual ~store() = default;

    // A new id, never given before, also across restarts and clock jumps. Thread-safe, cheap.
    virtual message_id allocate() = 0;

    // Writes chunk number `index` of a body, unsynced: it counts for nothing until `commit`.
    virtual void append(
        message_id id,
        std::uint32_t index,
        std::string bytes,
        completion_queue& home,
        completion<void> done
    ) = 0;

    // Stores a message durably and announces its deliveries to the listener.
    virtual void commit(submission message, completion_queue& home, completion<void> done) = 0;

    // Makes the end of an attempt durable. While the store is being reopened it is kept and written
    // later: it fails only when the store is closed for good.
    virtual void settle(settlement end, completion_queue& home, completion<void> done) = 0;

    // Removes chunks of a message that was never committed. Without completion: what is missed is
    // an orphan and swept.
    virtual void discard(message_id id, std::uint32_t chunks) = 0;

    // The message for an attempt. Answered from memory when it was committed a moment ago.
    virtual void read(
        message_id id,
        completion_queue& home,
        completion<std::shared_ptr<const stored_message>> done
    ) = 0;

    // Same, if it can be answered at once from memory; else null. Thread-safe.
    virtual std::shared_ptr<const stored_message> read_recent(message_id id) = 0;

    // Chunk number `index` of a body that has several.
    virtual void read_chunk(
        message_id id, std::uint32_t index, completion_queue& home, completion<std::string> done
    ) = 0;

    virtual store_state state() const = 0;
};

// Operations on all of the queue, which go on beside the mail, one at a time, in bounded memory
// (what is counted costs 16 bytes a message meanwhile). Mail that comes, goes or is deferred
// meanwhile may be missed, or not.
//
// A removal is atomic for each message that is selected as a whole, and for each entry of the
// others (selected by recipient or destination). Each of its writes keeps an event record, which
// tells who removed how much so far.
class bulk_store {
public:
    virtual ~bulk_store() = default;
    virtual void bulk(
        bulk_order order, completion_queue& home, std::function<void(const bulk_progress&)> report
    ) = 0;
};

}  // namespace kurir::queue
