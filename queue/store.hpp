// The queue's store: what is durable, and when.
//
// Every call returns at once and completes exactly once, on the completion queue that the caller
// names, even if the store is closed in the meantime (`errc::closed`). Any thread may call.
//
// When it counts as stored: a `commit` that completes without error is on disk (synced) and
// survives power loss; the same holds for `settle`. `queue/FORMAT.md` says what each record means.
//
// Announced means claimed: while an owner has a delivery that was announced to it, no other owner
// gets it. With the queue on a local disk there is one owner, and claims are never lost. Several
// owners share a queue by leases: a claim ends when its owner settles or releases it, or does not
// renew it in time, for example because its process stopped. Then the delivery is announced to
// another owner, as a later claim (`fence`), and requests with the earlier claim are refused with
// `errc::lost`. `tests/queue/claims_contract_test.cpp` holds every store to this.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "queue/error.hpp"
#include "queue/message.hpp"
#include "queue/selection.hpp"
#include "queue/totals.hpp"

namespace kurir::queue {

// Where completions run: one for each I/O thread. The store passes those of one batch together.
class completion_queue {
public:
    virtual ~completion_queue() = default;
    virtual void post(std::vector<std::function<void()>> completions) = 0;
};

template <class T>
using completion = std::function<void(result<T>)>;

// A stored message, with what an attempt needs.
struct stored_message {
    envelope mail;
    std::vector<recipient_state> states;  // of recipients tried before and not finished
    std::string first_chunk;              // of the body: all of it if `mail.chunks` is 1
};

// In the order in which they were asked for; null: the message is gone, or its envelope can't be
// read.
using stored_envelopes = std::vector<std::shared_ptr<const stored_message>>;

// In the order in which names were asked for: the message that was committed with it, or nothing.
using named_messages = std::vector<std::optional<message_id>>;

// Called with the deliveries that this owner has claimed, on a thread of the store. All of them are
// durable: new mail, retries, bounces, and what was in the queue at the start. A store with one
// owner announces them as soon as they are durable; one with several announces what is due, when it
// is asked to `claim`. It must not block, and passes the values to its own thread.
using delivery_listener = std::function<void(std::vector<delivery>)>;

// An entry of the schedule that an operator's removal changed.
struct removal {
    message_id id;
    entry_id entry = {};                // as `delivery::entry`
    std::vector<std::uint32_t> left{};  // remaining recipients; empty: the entry is gone
    entry_id left_entry = {};           // the entry that has them now
    bool message_gone = false;          // no entry of the message exists any more
};

// Gets the effects of `bulk_store::bulk`, on a thread of the store, in pieces of at most 65,536.
//
// `removed` gets what is durable. A waiting delivery takes `left` as its recipients and
// `left_entry` as its entry, or is dropped if `left` is empty. If the message is gone, all its
// deliveries are dropped, including those not named here. A delivery that is being tried is left
// alone: its settlement notices the removal and announces what is left of it, as usual. A program
// that does not listen loses nothing: the delivery becomes due, and `read` returns `not_found`.
// Only a removed recipient of a message that stays is then still tried.
//
// `moved` gets deliveries whose due time an operator changed, with the new time. The change is not
// durable: the entry keeps its old time, and a restart uses that one. A waiting
// delivery moves; one that is being tried, or not known yet (recovery has not reached it), is
// ignored.
struct change_listener {
    std::function<void(std::vector<removal>)> removed = [](const auto&) {};
    std::function<void(std::vector<delivery>)> moved = [](const auto&) {};
};

// An operator's order for many messages at once.
enum class bulk_action { count, remove, flush };
struct bulk_order {
    bulk_action action = bulk_action::count;
    queue::selection selection = {};
    std::string operator_name = {};  // for the event record of a removal
    time_point due = {};             // for a flush: the new due time
};

// The progress of an order. Reported after each piece, and at the end once with `over`.
struct bulk_progress {
    store_totals done;  // messages, recipients, and bytes of the messages: found, or removed
    bool over = false;
    result<void> outcome{};  // once it is over: `errc::closed` if it could not be finished
};

// What an owner asks for, of what is due and not claimed by anybody.
struct claim_order {
    std::size_t room = 0;                    // deliveries at most
    std::vector<std::string> left_out = {};  // destinations of which it has enough
    // Only what any owner might have claimed for so long.
    std::chrono::milliseconds unclaimed = {};
};

enum class store_state {
    open,
    full,       // low space: new mail is refused, deliveries continue
    reopening,  // a write failed; closed until it has been reopened
    closed,
};

// How scarce memory is.
enum class pressure : std::uint8_t {
    none,
    tight,     // no new mail may begin: `store_state::full`
    critical,  // and mail that is being received is not stored any more
};

class store {
public:
    virtual ~store() = default;

    // A new id, never used before, even after restarts and clock jumps. Thread-safe, cheap.
    virtual message_id allocate() = 0;

    // Writes chunk number `index` of a body, unsynced: it has no effect until `commit`.
    virtual void append(
        message_id id,
        std::uint32_t index,
        std::string bytes,
        completion_queue& home,
        completion<void> done
    ) = 0;

    // Stores a message durably and announces its deliveries to the listener. `errc::known`: see
    // `submission::names_are_new`.
    virtual void commit(submission message, completion_queue& home, completion<void> done) = 0;

    // Makes the end of an attempt durable, and ends the claim of its entry. While the store is
    // being reopened, the call waits and is written later: it fails only if the store is closed for
    // good or the claim was lost (`errc::lost`), and then nothing was written. A settlement of what
    // was settled or removed before does nothing, and is no error.
    virtual void settle(settlement end, completion_queue& home, completion<void> done) = 0;

    // Removes chunks of a message that was never committed. There is no completion: a chunk that
    // remains is an orphan and is removed later.
    virtual void discard(message_id id, std::uint32_t chunks) = 0;

    // The message for an attempt. Comes from memory if it was committed recently.
    virtual void read(
        message_id id,
        completion_queue& home,
        completion<std::shared_ptr<const stored_message>> done
    ) = 0;

    // The same, if it is in memory; else null. Thread-safe.
    virtual std::shared_ptr<const stored_message> read_recent(message_id id) = 0;

    // Messages without their bodies (`first_chunk` is empty), for operators: a damaged one is not
    // moved to quarantine. At most some hundreds at a time, for attempts wait meanwhile.
    virtual void read_envelopes(
        std::vector<message_id> ids, completion_queue& home, completion<stored_envelopes> done
    ) = 0;

    // Chunk number `index` of a body that has several.
    virtual void read_chunk(
        message_id id, std::uint32_t index, completion_queue& home, completion<std::string> done
    ) = 0;

    // The messages that were committed with these names (`submission::names`), also those that have
    // left since. A name is kept for 30 days at least, and is found once it is durable, as its
    // message is.
    virtual void find_names(
        std::vector<std::string> names, completion_queue& home, completion<named_messages> done
    ) = 0;

    virtual store_state state() const = 0;

    // Claims deliveries and announces them; completes with their number once they are announced. A
    // store with one owner has announced them already. `errc::closed`: the store is closed, or
    // can't be asked now.
    virtual void claim(
        claim_order wanted, completion_queue& home, completion<std::size_t> done
    ) = 0;

    // Extends the claims of deliveries that are still wanted; completes with those that were lost.
    // `errc::closed`: the store is closed, or can't be asked now: no claim was extended.
    virtual void renew(
        std::vector<claimed> held, completion_queue& home, completion<std::vector<claimed>> lost
    ) = 0;

    // Gives deliveries back untried. Another claim gets them; a store with one owner announces them
    // at its next start.
    virtual void release(std::vector<claimed> held) = 0;
};

// Operations on the whole queue. They run one at a time, beside mail flow, in bounded memory
// (counting needs 16 bytes per message). Mail that arrives, leaves or is deferred meanwhile may or
// may not be included.
//
// A removal is atomic for each message that is selected as a whole, and for each entry of the
// others (selected by recipient or destination). Each of its writes keeps an event record, which
// says who removed how much so far.
class bulk_store {
public:
    virtual ~bulk_store() = default;
    virtual void bulk(
        bulk_order order, completion_queue& home, std::function<void(const bulk_progress&)> report
    ) = 0;
};

// A store as the process that owns it sees it: opening to closing, and figures to watch.
//
// Each kind of store is opened in its own way. After that, call `set_listener`,
// `set_change_listener`, `start` and, at the end, `close`.
class owned_store : public store, public bulk_store {
public:
    // Call once each, before `start`.
    virtual void set_listener(delivery_listener listener) = 0;
    virtual void set_change_listener(change_listener listener) = 0;

    // Accepts calls and starts to announce, in the background.
    virtual void start() = 0;

    // Ends everything: what waits is written, every call is completed, claims are given up.
    // Idempotent; must not be called on a thread of the store.
    virtual void close() = 0;

    // While memory is scarce new mail is refused, as on a full disk. Thread-safe.
    virtual void set_pressure(pressure level) = 0;

    // True if the store lacks space. This is why `state` is `full`, unless memory is scarce.
    virtual bool low_on_space() const = 0;

    virtual store_totals totals() const = 0;

    // Updates the store's gauges, at each scrape.
    virtual void publish() = 0;
};

}  // namespace kurir::queue
