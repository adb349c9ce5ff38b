#include "queue/postgres/stuck_sessions.hpp"

namespace kurir::queue::postgres {

namespace {

// $1: milliseconds. The session of a person, or of a backup, may wait for as long as it likes:
// those have other names. Inside of a pipeline a session stays active while it waits for its
// client.
constexpr statement end_stuck{
    "end_stuck",
    "SELECT coalesce(host(client_addr), ''),"
    " (extract(epoch FROM clock_timestamp() - state_change) * 1000)::bigint,"
    " pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE datname = current_database() AND usename = session_user"
    " AND application_name = current_setting('application_name')"
    " AND state = 'active' AND wait_event_type = 'Client'"
    " AND state_change < clock_timestamp() - $1::bigint * interval '1 millisecond'"
};

}  // namespace

answer<std::size_t> end_stuck_sessions(connection& database, const options& settings) {
    database.add(end_stuck, parameters().number(settings.patience.count()));
    const auto answers = database.run(settings.patience);
    if (!answers) return answers.error();
    const auto& found = answers->front();
    std::size_t ended = 0;
    for (std::size_t row = 0; row < found.size(); ++row) {
        if (!found.flag(row, 2)) continue;  // it ended by itself
        ++ended;
        settings.observer.on_session_ended(
            found.bytes(row, 0), std::chrono::milliseconds(found.number(row, 1))
        );
    }
    return ended;
}

}  // namespace kurir::queue::postgres
