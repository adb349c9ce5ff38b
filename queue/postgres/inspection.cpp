#include "queue/postgres/inspection.hpp"

#include <memory>
#include <string>

#include "queue/postgres/connection.hpp"
#include "queue/postgres/options.hpp"
#include "queue/postgres/pooler.hpp"
#include "queue/postgres/schema.hpp"

namespace kurir::queue::postgres {

namespace {

// pg_stat_database counts the connections of all users, also for one who may not see them.
constexpr statement look{
    "look",
    "SELECT current_setting('server_version'),"
    " current_setting('transaction_read_only') = 'on',"
    " coalesce(has_schema_privilege(current_schema(), 'CREATE'), false) AND coalesce("
    "(SELECT pg_has_role(relowner, 'USAGE') FROM pg_class WHERE oid = to_regclass('message')),"
    " true),"
    " current_setting('fsync') = 'on' AND current_setting('full_page_writes') = 'on',"
    " least(current_setting('max_connections')::bigint"
    " - current_setting('superuser_reserved_connections')::bigint"
    " - (SELECT sum(numbackends)::bigint FROM pg_stat_database),"
    " (SELECT CASE WHEN d.datconnlimit >= 0 THEN d.datconnlimit - s.numbackends END::bigint"
    " FROM pg_database d JOIN pg_stat_database s ON s.datid = d.oid"
    " WHERE d.datname = current_database()),"
    " (SELECT CASE WHEN rolconnlimit >= 0 THEN rolconnlimit"
    " - (SELECT count(*) FROM pg_stat_activity WHERE usename = current_user) END::bigint"
    " FROM pg_roles WHERE rolname = current_user))"
};

}  // namespace

answer<database_facts> inspect(const options& settings) {
    const auto opened = connection::open(settings);
    if (!opened) return opened.error();
    auto& database = **opened;
    // First: what is prepared in a session of somebody else fails.
    const auto kept = keeps_sessions(database, settings);
    if (!kept) return kept.error();
    if (!*kept) {
        database_facts facts;
        facts.keeps_sessions = false;
        facts.connections_left = connections_used;
        facts.protection = database.protected_by();
        return facts;
    }
    const auto tables = tables_version(database, settings.patience);
    if (!tables) return tables.error();
    database.add(look);
    const auto found = database.run(settings.patience);
    if (!found) return found.error();
    const auto& row = found->front();
    return database_facts{
        .server = std::string(row.bytes(0, 0)),
        .read_only = row.flag(0, 1),
        .tables = *tables,
        .tables_known = newest_tables_version(),
        .may_change_tables = row.flag(0, 2),
        .survives_power_cut = row.flag(0, 3),
        .connections_left = row.number(0, 4) + 1,  // with the one of this look
        .protection = database.protected_by(),
    };
}

}  // namespace kurir::queue::postgres
