// What a batch writes, collected table by table, so that each table takes one statement.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "queue/message.hpp"
#include "queue/postgres/connection.hpp"
#include "queue/postgres/owner_id.hpp"
#include "queue/progress.hpp"
#include "queue/totals.hpp"

namespace kurir::queue::postgres {

// Who writes, and how long what it claims is its own.
struct claimant {
    owner_id owner;
    std::chrono::milliseconds lease{};
};

// Names of entries, as columns.
struct entry_names {
    std::vector<std::int64_t> messages;
    std::vector<std::int64_t> numbers;
    std::vector<std::int64_t> fences;

    void add(message_id id, entry_id entry, queue::fence fence = 0);
    bool empty() const noexcept { return messages.empty(); }
    std::size_t size() const noexcept { return messages.size(); }
};

class changes {
public:
    // `now`: the owner's clock, by which deliveries are due. `name` gives each entry its number.
    changes(time_point now, std::function<std::uint64_t()> name)
        : now_(now), name_(std::move(name)) {}

    void put_chunk(message_id id, std::uint32_t index, std::string bytes);
    // A whole message with its entries; earlier chunks are there.
    void put_message(submission message);
    // An entry that waits for its time. It is claimed at once if it is due.
    void put_entry(delivery waiting);
    // An entry that its owner keeps, by the claim in `kept`.
    void keep_entry(const delivery& kept);
    // What is left of an entry, under the same name.
    void shrink_entry(const delivery& left);
    // The end of an entry by a claim.
    void erase_entry(message_id id, entry_id entry, queue::fence fence);
    void erase_message(message_id id, bool has_marks);
    void discard_body(message_id id);
    // The names of a message that counts as never given.
    void erase_names(message_id id);
    void put_finished(message_id id, std::uint32_t recipient);
    void put_state(message_id id, const recipient_state& state);
    void put_event(std::string text);

    // Sums before and after, for `add_totals`.
    store_totals added;
    store_totals taken;

    // Adds the statements of everything that was put here.
    void send(connection& database, const claimant& writer) const;

    // New entries, with their names. Those that are due, and not held, are the writer's.
    const std::vector<delivery>& fresh() const noexcept { return fresh_; }
    bool is_claimed(const delivery& fresh) const noexcept {
        return fresh.due <= now_ && !fresh.terms->hold;
    }
    const std::vector<message_id>& gone() const noexcept { return gone_; }

private:
    void add_entry(const delivery& waiting, bool kept);
    void send_removals(connection& database) const;
    void send_messages(connection& database) const;
    void send_entries(connection& database, const claimant& writer) const;

    time_point now_;
    std::function<std::uint64_t()> name_;
    std::vector<delivery> fresh_;
    std::vector<message_id> gone_;

    struct {
        std::vector<std::int64_t> messages, indexes;
        std::vector<std::string> bytes;
    } chunks_;
    struct {
        std::vector<std::int64_t> ids, recipients, chunks, sizes;
        std::vector<std::string> envelopes;
    } messages_;
    struct {
        entry_names names;
        std::vector<std::int64_t> pauses;
        std::vector<std::string> destinations;
        std::vector<bool> kept;
        std::vector<std::string> deliveries;
        std::vector<std::int64_t> lanes;
    } entries_;
    struct {
        entry_names names;
        std::vector<std::string> deliveries;
    } shrunk_;
    struct {
        std::vector<std::int64_t> messages, indexes;
        std::vector<bool> finished;
        std::vector<std::string> states;
    } recipients_;
    entry_names erased_;
    entry_names settled_;
    std::vector<std::int64_t> erased_messages_;
    std::vector<std::int64_t> erased_bodies_;
    std::vector<std::int64_t> discarded_bodies_;
    std::vector<std::int64_t> erased_marks_;
    struct {
        std::vector<std::string> names;
        std::vector<std::int64_t> messages;
    } names_;
    std::vector<std::int64_t> erased_names_;
    std::vector<std::string> events_;
};

}  // namespace kurir::queue::postgres
