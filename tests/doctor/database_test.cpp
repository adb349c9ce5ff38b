#include "relay/doctor/database.hpp"

#include "tests/support/catch.hpp"

using namespace kurir;
using Catch::Matchers::Contains;
using doctor::grade;
using queue::protection;

namespace {

queue::database_facts good() {
    return {
        .server = "15.13",
        .tables = 3,
        .tables_known = 3,
        .connections_left = 90,
        .protection = protection::proven,
    };
}

std::vector<doctor::finding> judge(const queue::database_facts& facts) {
    auto found = doctor::judge_database("the database kurir", facts);
    for (const auto& each : found) {
        CHECK(each.check == "database");
        CHECK(each.subject == "the database kurir");
        CHECK((each.grade == grade::ok) == each.advice.empty());
    }
    return found;
}

// The only finding.
doctor::finding only(const queue::database_facts& facts) {
    const auto found = judge(facts);
    REQUIRE(found.size() == 1);
    return found.front();
}

std::string advice(const std::string& cause) {
    const auto found = doctor::judge_closed_database("the database kurir", cause);
    CHECK(found.grade == grade::wrong);
    CHECK(found.found == "can't be used: " + cause);
    return found.advice;
}

}  // namespace

TEST_CASE("a database that a relay can use", "[doctor][database]") {
    CHECK(only(good()).grade == grade::ok);
    CHECK(only(good()).found == "PostgreSQL 15.13, tables of version 3");
    auto facts = good();
    facts.protection = protection::local;
    facts.tables = 0;
    CHECK(only(facts).found == "PostgreSQL 15.13, no tables yet: the first start makes version 3");
    facts = good();
    facts.may_change_tables = false;  // they are as they must be
    CHECK(only(facts).grade == grade::ok);
    facts.tables = 4;  // of the next version
    CHECK(only(facts).grade == grade::ok);
}

TEST_CASE("a database that no relay starts with", "[doctor][database]") {
    auto facts = good();
    facts.read_only = true;
    CHECK(only(facts).grade == grade::wrong);
    facts = good();
    facts.tables = 5;
    CHECK(only(facts).grade == grade::wrong);
    facts = good();
    facts.tables = 2;
    CHECK(only(facts).grade == grade::ok);
    facts.may_change_tables = false;
    CHECK(only(facts).grade == grade::wrong);
}

TEST_CASE("a database that loses or shows mail, or is full of clients", "[doctor][database]") {
    auto facts = good();
    facts.survives_power_cut = false;
    CHECK(only(facts).grade == grade::wrong);
    facts = good();
    facts.keeps_sessions = false;
    CHECK(only(facts).grade == grade::wrong);
    CHECK_THAT(only(facts).advice, Contains("pool_mode = session"));
    facts = good();
    facts.protection = protection::clear;
    CHECK(only(facts).grade == grade::warning);
    facts.protection = protection::unproven;
    CHECK(only(facts).grade == grade::warning);
    facts.connections_left = queue::connections_used;
    CHECK(judge(facts).size() == 1);
    facts.connections_left = queue::connections_used - 1;
    CHECK(judge(facts).size() == 2);
}

TEST_CASE("a database that does not let us in, in its own words", "[doctor][database]") {
    // PostgreSQL 15 and libpq.
    constexpr auto failed = "connection to server at \"db1\" (192.0.2.1), port 5432 failed: ";
    const auto [words, part] = GENERATE(table<std::string, std::string>({
        {"FATAL:  password authentication failed for user \"kurir\"", "user and password"},
        {"fe_sendauth: no password supplied", "user and password"},
        {"FATAL:  no pg_hba.conf entry for host \"192.0.2.7\", user \"kurir\"", "pg_hba.conf"},
        {"FATAL:  role \"kurir\" does not exist", "user and password"},
        {"FATAL:  database \"kurir\" does not exist", "CREATE DATABASE"},
        {"FATAL:  sorry, too many clients already", "max_connections"},
        {"FATAL:  too many connections for role \"kurir\"", "the user"},
        {"FATAL:  remaining connection slots are reserved for superusers", "max_connections"},
        {"FATAL:  the database system is starting up", "wait"},
        {"session is read-only", "primary"},
        {"SSL error: certificate verify failed", "sslrootcert"},
        {"Connection refused", "host, port"},
        {"FATAL:  Passwort-Authentifizierung für Benutzer fehlgeschlagen", "host, port"},
        {"", "host, port"},
    }));
    CHECK_THAT(advice(failed + words), Contains(part));
}
