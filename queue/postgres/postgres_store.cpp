#include "queue/postgres/postgres_store.hpp"

#include <utility>

#include "queue/failpoint.hpp"
#include "queue/postgres/node_statements.hpp"
#include "queue/postgres/pooler.hpp"
#include "queue/postgres/schema.hpp"
#include "queue/postgres/statements.hpp"
#include "relay/base/hexadecimal.hpp"

namespace kurir::queue::postgres {

namespace {

answer<time_point> read_clock(connection& database, std::chrono::milliseconds patience) {
    database.add(sql::read_clock);
    const auto answers = database.run(patience);
    if (!answers) return answers.error();
    return time_point(std::chrono::milliseconds(answers->front().number(0, 0)));
}

}  // namespace

postgres_store::postgres_store(options settings)
    : settings_(std::move(settings)),
      self_{.owner = owner_id::draw(), .lease = settings_.lease},
      recent_(settings_.recent_max),
      journal_(settings_),
      writer_(settings_, self_, recent_, ids_, journal_),
      claims_(
          settings_,
          self_,
          recent_,
          ids_,
          [this](const store_totals& sums) { writer_.set_totals(sums); },
          [this] { writer_.check(); }
      ),
      readers_(settings_, self_),
      orders_(settings_, writer_) {}

postgres_store::~postgres_store() {
    close();
}

answer<std::unique_ptr<postgres_store>> postgres_store::open(options settings) {
    std::unique_ptr<postgres_store> made(new postgres_store(std::move(settings)));
    const auto patience = made->settings_.patience;
    auto first = connection::open(made->settings_);
    if (!first) return first.error();
    const auto& chosen = made->settings_;
    const auto kept = keeps_sessions(**first, chosen);
    if (!kept) return kept.error();
    if (!*kept) return sql_error{trouble::refused, {}, std::string(sessions_given_away)};
    const auto migrated = migrate(**first, chosen, chosen.migration_patience);
    if (!migrated) return migrated.error();
    if (auto taken = made->ids_.replace(**first, patience); !taken) return taken.error();
    const auto time = read_clock(**first, patience);
    if (!time) return time.error();
    made->settings_.resume(*time);
    auto second = connection::open(made->settings_);
    if (!second) return second.error();
    if (const auto error = made->journal_.open(made->left_)) {
        return sql_error{
            trouble::refused, {}, made->settings_.journal.string() + ": " + error.message()
        };
    }
    made->for_writer_ = std::move(*first);
    made->for_claims_ = std::move(*second);
    return made;
}

std::string postgres_store::own_name() const {
    return name_of(settings_.self.host, base::in_hexadecimal(self_.owner.bytes()));
}

void postgres_store::set_listener(delivery_listener listener) {
    listener_ = std::move(listener);
}

void postgres_store::set_change_listener(change_listener listener) {
    changes_ = std::move(listener);
}

void postgres_store::start() {
    started_ = true;
    readers_.start();
    journal_.start();
    writer_.start(std::move(for_writer_), listener_);
    write_left();
    claims_.start(std::move(for_claims_), listener_);
    orders_.start(changes_);
}

// What an earlier process could not write, by the claims that it had. Before anything is taken
// over.
void postgres_store::write_left() {
    for (auto& each : std::exchange(left_, {})) {
        auto done = [this, end = each.end](const result<void>& outcome) {
            if (!outcome && outcome.error() != errc::lost) return;  // it stays in the journal
            failpoint("left_result_settled");
            settings_.observer.on_replayed(end, !outcome);
        };
        writer_.submit(settle_request{
            .end = std::move(each.end),
            .home = &home_,
            .done = std::move(done),
            .journal = each.journal,
        });
        failpoint("left_result_submitted");
    }
}

void postgres_store::own_home::post(std::vector<std::function<void()>> completions) {
    for (const auto& each : completions)
        each();
}

void postgres_store::close() {
    end(true);
}

void postgres_store::abandon() {
    end(false);
}

// Orders wait for the writer, so they end first; what is claimed last is given back by the writer.
void postgres_store::end(bool released) {
    if (std::exchange(ended_, true)) return;
    orders_.stop();
    claims_.stop(released);
    readers_.stop();
    if (!started_) return;
    writer_.stop(released);
    journal_.stop(!released);
}

void postgres_store::look() {
    claims_.look();
}

message_id postgres_store::allocate() {
    return ids_.next();
}

void postgres_store::append(
    message_id id,
    std::uint32_t index,
    std::string bytes,
    completion_queue& home,
    completion<void> done
) {
    writer_.submit(append_request{id, index, std::move(bytes), &home, std::move(done)});
}

void postgres_store::commit(submission message, completion_queue& home, completion<void> done) {
    writer_.submit(commit_request{std::move(message), &home, std::move(done)});
}

void postgres_store::settle(settlement end, completion_queue& home, completion<void> done) {
    const auto journal = journal_.add(end);
    writer_.submit(settle_request{
        .end = std::move(end), .home = &home, .done = std::move(done), .journal = journal
    });
}

void postgres_store::discard(message_id id, std::uint32_t chunks) {
    writer_.submit(discard_request{id, chunks});
}

void postgres_store::read(
    message_id id, completion_queue& home, completion<std::shared_ptr<const stored_message>> done
) {
    readers_.read(id, home, std::move(done));
}

std::shared_ptr<const stored_message> postgres_store::read_recent(message_id id) {
    return recent_.find(id);
}

void postgres_store::read_envelopes(
    std::vector<message_id> ids, completion_queue& home, completion<stored_envelopes> done
) {
    readers_.read_envelopes(std::move(ids), home, std::move(done));
}

void postgres_store::read_chunk(
    message_id id, std::uint32_t index, completion_queue& home, completion<std::string> done
) {
    readers_.read_chunk(id, index, home, std::move(done));
}

void postgres_store::find_names(
    std::vector<std::string> names, completion_queue& home, completion<named_messages> done
) {
    readers_.find_names(std::move(names), home, std::move(done));
}

store_state postgres_store::state() const {
    return writer_.state();
}

void postgres_store::claim(
    claim_order wanted, completion_queue& home, completion<std::size_t> done
) {
    claims_.claim(std::move(wanted), home, std::move(done));
}

void postgres_store::renew(
    std::vector<claimed> held, completion_queue& home, completion<std::vector<claimed>> lost
) {
    claims_.renew(std::move(held), home, std::move(lost));
}

void postgres_store::release(std::vector<claimed> held) {
    claims_.release(std::move(held));
}

void postgres_store::bulk(
    bulk_order order, completion_queue& home, std::function<void(const bulk_progress&)> report
) {
    orders_.submit(std::move(order), home, std::move(report));
}

void postgres_store::set_pressure(pressure level) {
    writer_.set_memory(level);
}

store_totals postgres_store::totals() const {
    return writer_.totals();
}

// --- what other owners have

void postgres_store::browse(
    entry_name first, std::size_t limit, completion_queue& home, completion<other_entries> done
) {
    readers_.browse(first, limit, home, std::move(done));
}

void postgres_store::find(
    std::vector<message_id> ids, completion_queue& home, completion<std::vector<other_entry>> done
) {
    readers_.find(std::move(ids), home, std::move(done));
}

void postgres_store::take(
    std::vector<entry_name> entries, completion_queue& home, completion<std::size_t> done
) {
    claims_.take(std::move(entries), home, std::move(done));
}

void postgres_store::nodes(completion_queue& home, completion<std::vector<node>> done) {
    readers_.nodes(sql::read_nodes, home, std::move(done));
}

void postgres_store::heard_nodes(completion_queue& home, completion<std::vector<node>> done) {
    readers_.nodes(sql::read_heard_nodes, home, std::move(done));
}

void postgres_store::tell_nodes(
    node_telling telling, completion_queue& home, completion<node_hearing> done
) {
    readers_.tell_nodes(std::move(telling), home, std::move(done));
}

void postgres_store::post(
    std::vector<notice> notices, completion_queue& home, completion<void> done
) {
    readers_.post(std::move(notices), home, std::move(done));
}

void postgres_store::read_board(
    board_place last, std::size_t limit, completion_queue& home, completion<board_page> done
) {
    readers_.read_board(last, limit, home, std::move(done));
}

void postgres_store::draw_tokens(
    token_request request, completion_queue& home, completion<token_grant> done
) {
    readers_.draw_tokens(std::move(request), home, std::move(done));
}

}  // namespace kurir::queue::postgres
