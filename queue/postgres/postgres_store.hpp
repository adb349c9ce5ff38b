// A queue in PostgreSQL that several relays share. The contract is that of queue/store.hpp.
//
// Each process is an owner with a UUID of its own. What an owner commits and is due is its at once;
// other mail is announced to whoever asks for it first. Claims end by the database's clock, and
// every write names the claim that it follows, so that a process that was stopped for longer than
// its lease changes nothing when it goes on.
#pragma once

#include <memory>
#include <string>

#include "queue/postgres/bulk.hpp"
#include "queue/postgres/claims.hpp"
#include "queue/postgres/id_blocks.hpp"
#include "queue/postgres/options.hpp"
#include "queue/postgres/readers.hpp"
#include "queue/postgres/result_journal.hpp"
#include "queue/postgres/writer.hpp"
#include "queue/recent_cache.hpp"
#include "queue/shared_store.hpp"
#include "queue/store.hpp"

namespace kurir::queue::postgres {

class postgres_store final : public owned_store, private shared_store {
public:
    // Connects, brings the schema up to date, and takes ids. The error says what to do about it.
    static answer<std::unique_ptr<postgres_store>> open(options settings);
    ~postgres_store() override;

    // Ends without giving anything back, as a process that is killed: claims end with their leases.
    void abandon();

    // Returns when all claims, renewals and releases that were asked for before are carried out,
    // and the sums are those of now.
    void look();

    // What other owners have.
    shared_store& shared() { return *this; }

    // What people know this owner by, as `name_of` has it.
    std::string own_name() const;

    message_id allocate() override;
    void append(
        message_id id,
        std::uint32_t index,
        std::string bytes,
        completion_queue& home,
        completion<void> done
    ) override;
    void commit(submission message, completion_queue& home, completion<void> done) override;
    void settle(settlement end, completion_queue& home, completion<void> done) override;
    void discard(message_id id, std::uint32_t chunks) override;
    void read(
        message_id id,
        completion_queue& home,
        completion<std::shared_ptr<const stored_message>> done
    ) override;
    std::shared_ptr<const stored_message> read_recent(message_id id) override;
    void read_envelopes(
        std::vector<message_id> ids, completion_queue& home, completion<stored_envelopes> done
    ) override;
    void read_chunk(
        message_id id, std::uint32_t index, completion_queue& home, completion<std::string> done
    ) override;
    void find_names(
        std::vector<std::string> names, completion_queue& home, completion<named_messages> done
    ) override;
    store_state state() const override;
    void claim(claim_order wanted, completion_queue& home, completion<std::size_t> done) override;
    void renew(
        std::vector<claimed> held, completion_queue& home, completion<std::vector<claimed>> lost
    ) override;
    void release(std::vector<claimed> held) override;
    void bulk(
        bulk_order order, completion_queue& home, std::function<void(const bulk_progress&)> report
    ) override;
    void set_listener(delivery_listener listener) override;
    void set_change_listener(change_listener listener) override;
    void start() override;
    void close() override;
    void set_pressure(pressure level) override;
    // The database's space is its own affair: it says when it has none.
    bool low_on_space() const override { return writer_.database_is_full(); }
    // Of the whole queue, with what other owners did as of the last second.
    store_totals totals() const override;
    void publish() override {}

private:
    explicit postgres_store(options settings);

    void browse(
        entry_name first, std::size_t limit, completion_queue& home, completion<other_entries> done
    ) override;
    void find(
        std::vector<message_id> ids,
        completion_queue& home,
        completion<std::vector<other_entry>> done
    ) override;
    void take(std::vector<entry_name> entries, completion_queue& home, completion<std::size_t> done)
        override;
    void nodes(completion_queue& home, completion<std::vector<node>> done) override;
    void heard_nodes(completion_queue& home, completion<std::vector<node>> done) override;
    void tell_nodes(node_telling telling, completion_queue& home, completion<node_hearing> done)
        override;
    void post(std::vector<notice> notices, completion_queue& home, completion<void> done) override;
    void read_board(
        board_place last, std::size_t limit, completion_queue& home, completion<board_page> done
    ) override;
    void draw_tokens(token_request request, completion_queue& home, completion<token_grant> done)
        override;

    // Completes calls at once, on the thread of the store.
    class own_home final : public completion_queue {
        void post(std::vector<std::function<void()>> completions) override;
    };

    void write_left();
    void end(bool released);

    const options settings_;
    const claimant self_;
    id_blocks ids_;
    recent_cache recent_;
    result_journal journal_;
    own_home home_;
    writer writer_;
    claims claims_;
    readers readers_;
    postgres::bulk orders_;
    delivery_listener listener_;
    change_listener changes_;
    std::unique_ptr<connection> for_writer_;
    std::unique_ptr<connection> for_claims_;
    std::vector<result_journal::result> left_;  // of an earlier process
    bool started_ = false;
    bool ended_ = false;
};

}  // namespace kurir::queue::postgres
