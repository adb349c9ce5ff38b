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

enum class store_state {
    open,
    full,       // low space: no new mail, deliveries go on
    reopening,  // a write failed; closed until it has been reopened
    closed,
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

}  // namespace kurir::queue
