// A queue in memory that several owners share by leases: the contract of queue/store.hpp at its
// smallest, without threads. Calls complete, and the listeners are called, before they return.
//
// It shows that the contract can be kept by a store of another kind, with the same rules
// (queue/progress.hpp). What is due is announced when it is claimed, or at once if it was committed
// or settled by the owner that asks.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "queue/claim_lanes.hpp"
#include "queue/progress.hpp"
#include "queue/shared_store.hpp"
#include "queue/store.hpp"

namespace tests {

namespace queue = kurir::queue;

// What all owners share; the place of a database server. It must outlive them.
struct memory_queue {
    using clock = std::function<queue::time_point()>;

    // The clock is the queue's: owners have no say in when a lease ends.
    memory_queue(clock now_value, std::chrono::milliseconds lease_value)
        : now(std::move(now_value)), lease(lease_value) {}

    struct message {
        queue::envelope mail;
        std::map<std::uint32_t, std::string> chunks;
        std::map<std::uint32_t, queue::recipient_state> states;
        queue::progress progress;
    };
    struct entry {
        queue::delivery waiting;  // with name and fence of its last claim
        std::uint64_t owner = 0;  // zero: nobody
        queue::time_point lease_end{};
    };

    // What the board has of a kind and key.
    struct posted {
        queue::notice known = {};
        std::int64_t version = 0;
        queue::time_point at{};
        std::optional<queue::time_point> until = {};
    };
    struct notice_board {
        std::map<std::pair<queue::notice_kind, std::string>, posted> notices;
        std::int64_t last = 0;
        std::int64_t forgotten = 0;
    };

    struct process {
        queue::time_point since{};
        queue::time_point seen{};
        std::string words = {};
        queue::time_point words_at{};
    };

    const clock now;
    const std::chrono::milliseconds lease;
    std::mutex mutex;                 // protects the members below
    std::int64_t server = 1;          // which life of the server
    std::size_t largest_renewal = 0;  // claims in one call
    std::uint64_t owners = 0;
    std::uint64_t last_id = 0;
    std::uint64_t last_entry = 0;
    std::map<queue::message_id, message> messages;
    std::map<queue::message_id, std::map<std::uint32_t, std::string>> arriving;
    std::map<queue::entry_id, entry> entries;
    std::map<std::uint64_t, process> processes;  // by their numbers, as long as they are open
    std::map<std::string, queue::message_id> names;
    notice_board board;
    std::map<std::string, queue::token_record> drawn_rates;
    struct lasting_text {
        std::string text;
        queue::time_point at;
        queue::time_point until;
    };
    std::map<std::int64_t, lasting_text> lasting;  // by their numbers
    std::int64_t last_lasting = 0;
    std::map<queue::entry_id, queue::fence> settled;  // by which claim
    queue::store_totals totals;
    std::vector<std::string> events;
};

// One owner's store.
class memory_store final : public queue::owned_store, private queue::shared_store {
public:
    using home = queue::completion_queue;
    using message_pointer = std::shared_ptr<const queue::stored_message>;

    explicit memory_store(memory_queue& shared);
    ~memory_store() override;

    // The process ends without releasing anything: its claims last until their leases end.
    void die();

    queue::shared_store& shared() { return *this; }

    queue::message_id allocate() override;
    void append(
        queue::message_id id,
        std::uint32_t index,
        std::string bytes,
        home& home,
        queue::completion<void> done
    ) override;
    void commit(queue::submission message, home& home, queue::completion<void> done) override;
    void settle(queue::settlement end, home& home, queue::completion<void> done) override;
    void discard(queue::message_id id, std::uint32_t chunks) override;
    void read(queue::message_id id, home& home, queue::completion<message_pointer> done) override;
    void read_envelopes(
        std::vector<queue::message_id> ids,
        home& home,
        queue::completion<queue::stored_envelopes> done
    ) override;
    message_pointer read_recent(queue::message_id) override { return nullptr; }
    void read_chunk(
        queue::message_id id, std::uint32_t index, home& home, queue::completion<std::string> done
    ) override;
    void find_names(
        std::vector<std::string> names, home& home, queue::completion<queue::named_messages> done
    ) override;
    queue::store_state state() const override;
    void claim(queue::claim_order wanted, home& home, queue::completion<std::size_t> done) override;
    void renew(
        std::vector<queue::claimed> held,
        home& home,
        queue::completion<std::vector<queue::claimed>> lost
    ) override;
    void release(std::vector<queue::claimed> held) override;
    void bulk(
        queue::bulk_order order, home& home, std::function<void(const queue::bulk_progress&)> report
    ) override;
    void set_listener(queue::delivery_listener listener) override;
    void set_change_listener(queue::change_listener listener) override;
    void start() override;
    void close() override;
    void set_pressure(queue::pressure level) override { pressure_ = level; }
    bool low_on_space() const override { return false; }
    queue::store_totals totals() const override;
    void publish() override {}

private:
    using entry = memory_queue::entry;
    using deliveries = std::vector<queue::delivery>;

    // What other owners have: memory_store_shared.cpp.
    void browse(
        queue::entry_name first,
        std::size_t limit,
        home& home,
        queue::completion<queue::other_entries> done
    ) override;
    void find(
        std::vector<queue::message_id> ids,
        home& home,
        queue::completion<std::vector<queue::other_entry>> done
    ) override;
    void take(
        std::vector<queue::entry_name> entries, home& home, queue::completion<std::size_t> done
    ) override;
    void nodes(home& home, queue::completion<std::vector<queue::node>> done) override;
    void heard_nodes(home& home, queue::completion<std::vector<queue::node>> done) override;
    void tell_nodes(
        queue::node_telling telling, home& home, queue::completion<queue::node_hearing> done
    ) override;
    void post(std::vector<queue::notice> notices, home& home, queue::completion<void> done)
        override;
    void read_board(
        queue::board_place last,
        std::size_t limit,
        home& home,
        queue::completion<queue::board_page> done
    ) override;
    void draw_tokens(
        queue::token_request request, home& home, queue::completion<queue::token_grant> done
    ) override;
    std::map<queue::entry_name, queue::other_entry> others() const;
    static std::string id_of(std::uint64_t number);

    // With the lock of the queue.
    std::shared_ptr<queue::stored_message> stored_envelope(queue::message_id id) const;
    void put(queue::submission message, deliveries& announced);
    void put_entry(queue::delivery waiting, deliveries& announced);
    // What an order may take, lane by lane: what is left, and what is nobody's.
    std::map<std::pair<std::size_t, bool>, std::vector<entry*>> claimable(
        const queue::claim_order& wanted
    );
    void own(entry& free, deliveries& announced);
    void take(entry& free, deliveries& announced);
    bool is_free(const entry& each) const;
    bool holds(const queue::claimed& held) const;
    std::optional<queue::entry_facts> facts_of(queue::entry_id name) const;
    queue::result<void> settle_now(queue::settlement end, deliveries& announced);
    void withhold(queue::delivery waiting);
    queue::entry_id name_of_withheld(const queue::delivery& attempted) const;
    void write_end(queue::settlement& end, memory_queue::message& message);
    std::vector<queue::entry_removal> chosen_by(const queue::bulk_order& order) const;
    queue::removal remove(const queue::entry_removal& removal);

    void announce(deliveries announced);

    memory_queue& shared_;
    const std::uint64_t number_;
    queue::delivery_listener listener_;
    queue::change_listener changes_;
    queue::pressure pressure_ = queue::pressure::none;
    queue::lane_turns turns_;
    bool closed_ = false;
};

}  // namespace tests
