#include "relay/doctor/database.hpp"

#include <array>
#include <string_view>
#include <utility>

namespace kurir::doctor {

using queue::connections_used;
using queue::database_facts;
using queue::protection;

namespace {

// libpq does not tell the SQLSTATE of a connection that failed, so this goes by words. A server may
// have them in another language: then the advice for everything else is given.
struct advised {
    std::string_view words;
    std::string_view advice;
};

constexpr std::string_view login =
    "check user and password in KURIR_DATABASE_URL (%40 for @, %2F for /, %3A for :), and the "
    "server's pg_hba.conf";
constexpr std::string_view room = "raise max_connections, or the limit of the database or the user";
constexpr std::string_view patience = "wait until the server is up";

// The first that fits counts.
constexpr std::array advices{
    advised{"certificate", "check sslrootcert, sslmode and the host's name in KURIR_DATABASE_URL"},
    advised{"too many", room},
    advised{"connection slots", room},
    advised{"authentication failed", login},
    advised{"no password supplied", login},
    advised{"pg_hba.conf", login},
    advised{"role \"", login},
    advised{"database \"", "make it: CREATE DATABASE … OWNER …"},
    advised{"starting up", patience},
    advised{"shutting down", patience},
    advised{"read-only", "name the primary in KURIR_DATABASE_URL, too"},
    advised{"permission denied", "let the user own the database and its tables"},
};

std::string advice_for(std::string_view cause) {
    for (const auto& each : advices) {
        if (cause.find(each.words) != std::string::npos) return std::string(each.advice);
    }
    return "is the server up, and are host, port, user, password and database in "
           "KURIR_DATABASE_URL right?";
}

std::string version_text(std::int64_t tables) {
    return tables == 0 ? "no tables yet" : "tables of version " + std::to_string(tables);
}

// The subject is added to all of them.
finding make(grade judged, std::string found, std::string advice = {}) {
    return {
        .check = "database",
        .subject = {},
        .grade = judged,
        .found = std::move(found),
        .advice = std::move(advice),
    };
}

std::vector<finding> problems_with_tables(const database_facts& facts) {
    if (facts.read_only) {
        return {make(
            grade::wrong,
            "can only be read, as a standby",
            "name the primary in KURIR_DATABASE_URL, too, and no target_session_attrs"
        )};
    }
    if (!queue::may_use_tables(facts.tables_known, facts.tables)) {
        return {make(
            grade::wrong,
            "has " + version_text(facts.tables) + ", and this program knows " +
                std::to_string(facts.tables_known),
            "start a version that is at most one older than the newest that was here"
        )};
    }
    if (facts.tables < facts.tables_known && !facts.may_change_tables) {
        return {make(
            grade::wrong,
            "has " + version_text(facts.tables) + ", and this user may not make those of version " +
                std::to_string(facts.tables_known),
            "let the user own the database and its tables, or GRANT CREATE ON SCHEMA … TO …"
        )};
    }
    return {};
}

std::vector<finding> problems_with(const database_facts& facts) {
    auto all = problems_with_tables(facts);
    if (!facts.survives_power_cut) {
        all.push_back(make(
            grade::wrong,
            "loses mail in a power cut that clients were told is stored: fsync or "
            "full_page_writes is off",
            "set both to on in its postgresql.conf"
        ));
    }
    if (!facts.keeps_sessions) {
        all.push_back(make(
            grade::wrong,
            "is behind a pooler that gives sessions to others after each transaction",
            "let the pooler keep sessions together (PgBouncer: pool_mode = session), or name the "
            "server itself in KURIR_DATABASE_URL"
        ));
    }
    if (facts.protection == protection::clear) {
        all.push_back(make(
            grade::warning,
            "gets password and mail in clear over the network",
            "add sslmode=verify-full to KURIR_DATABASE_URL"
        ));
    } else if (facts.protection == protection::unproven) {
        all.push_back(make(
            grade::warning,
            "is encrypted, but who answers is not checked",
            "add sslmode=verify-full, and sslrootcert if it is not of a public authority"
        ));
    }
    if (facts.connections_left < connections_used) {
        all.push_back(make(
            grade::warning,
            "has " + std::to_string(facts.connections_left) + " connections left; a relay needs " +
                std::to_string(connections_used),
            "is the relay running already? Otherwise raise max_connections, or the limit of the "
            "database or of the user"
        ));
    }
    return all;
}

}  // namespace

std::vector<finding> judge_database(const std::string& place, const database_facts& facts) {
    auto all = problems_with(facts);
    if (all.empty()) {
        auto found = "PostgreSQL " + facts.server + ", " + version_text(facts.tables);
        if (facts.tables < facts.tables_known) {
            found += ": the first start makes version " + std::to_string(facts.tables_known);
        }
        all.push_back(make(grade::ok, std::move(found)));
    }
    for (auto& each : all)
        each.subject = place;
    return all;
}

finding judge_closed_database(const std::string& place, const std::string& cause) {
    auto made = make(grade::wrong, "can't be used: " + cause, advice_for(cause));
    made.subject = place;
    return made;
}

}  // namespace kurir::doctor
