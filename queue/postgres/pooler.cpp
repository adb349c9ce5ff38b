#include "queue/postgres/pooler.hpp"

#include <cstdint>
#include <memory>

#include "queue/postgres/statements.hpp"

namespace kurir::queue::postgres {

namespace {

constexpr statement process{"process", "SELECT pg_backend_pid()::bigint"};

// The server's process that answers, in a transaction of its own, or as the first of one that stays
// open.
answer<std::int64_t> process_of(
    connection& database, std::chrono::milliseconds patience, bool in_transaction = false
) {
    if (in_transaction) database.add(sql::begin);
    database.add(process);
    const auto answers = database.run(patience);
    if (!answers) return answers.error();
    return answers->back().number(0, 0);
}

// Statements that we have prepared are not there, or those of somebody else are; or a transaction
// can't even begin (PgBouncer's pool_mode = statement).
bool is_other_session(const sql_error& error) {
    return error.state == "26000" || error.state == "42P05" ||
           error.text.find("statement pooling mode") != std::string::npos;
}

// A process that answers two clients, of whom one is in a transaction, or two processes that answer
// one client.
answer<bool> keeps_both(
    connection& database,
    std::int64_t served_by,
    connection& other,
    std::chrono::milliseconds patience
) {
    // Once more, for a pooler that lets its sessions take turns.
    const auto before = process_of(database, patience);
    if (!before) return before.error();
    if (*before != served_by) return false;
    const auto beside = process_of(other, patience, true);
    if (!beside) return beside.error();
    if (*beside == *before) return false;
    const auto after = process_of(database, patience);
    if (!after) return after.error();
    other.add(sql::commit);
    const auto ended = other.run(patience);
    if (!ended) return ended.error();
    return *after == *before;
}

answer<bool> try_sessions(connection& database, const options& settings) {
    const auto patience = settings.patience;
    const auto served_by = process_of(database, patience);
    if (!served_by) return served_by.error();
    // A pooler shows keys of its own, by which its clients can cancel a query.
    if (*served_by == database.server_process()) return true;
    auto other = connection::open(settings);
    if (!other) return other.error();
    return keeps_both(database, *served_by, **other, patience);
}

}  // namespace

answer<bool> keeps_sessions(connection& database, const options& settings) {
    auto kept = try_sessions(database, settings);
    if (!kept && is_other_session(kept.error())) return false;
    return kept;
}

}  // namespace kurir::queue::postgres
