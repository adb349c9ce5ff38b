#include "tests/queue/statement_trial.hpp"

#include <algorithm>
#include <stdexcept>
#include <string_view>

#include "queue/postgres/schema.hpp"
#include "tests/queue/postgres_server.hpp"

namespace tests {

const std::string statement_trial::older = "statements_older";
const std::string statement_trial::newer = "statements_newer";

statement_trial::statement_trial(int version, const std::string& script)
    : handle_(PQconnectdb(postgres_server::shared().url("public").c_str())) {
    PQsetNoticeReceiver(handle_.get(), [](void*, const PGresult*) {}, nullptr);
    for (const auto& schema : {older, newer})
        run("DROP SCHEMA IF EXISTS " + schema + " CASCADE; CREATE SCHEMA " + schema);
    migrate(older, version);
    migrate(newer, kurir::queue::postgres::migrations().back().number);
    run(script);
}

statement_trial::~statement_trial() {
    (void)ask("ROLLBACK");
    for (const auto& schema : {older, newer})
        (void)ask("DROP SCHEMA " + schema + " CASCADE");
}

void statement_trial::migrate(const std::string& schema, int version) {
    run("SET search_path = " + schema);
    run("CREATE TABLE schema_version (number bigint NOT NULL)");
    for (const auto& each : kurir::queue::postgres::migrations()) {
        if (each.number <= version) run(std::string(each.script));
    }
    // Its name is drawn when it is made.
    if (*PQgetvalue(ask("SELECT to_regclass('board')").get(), 0, 0) != 0) {
        run("UPDATE board SET id = '00000000-0000-4000-8000-000000000003'");
    }
}

void statement_trial::run(const std::string& script) {
    const result done(PQexec(handle_.get(), script.c_str()));
    const auto status = PQresultStatus(done.get());
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK && status != PGRES_EMPTY_QUERY) {
        throw std::runtime_error(script + ": " + PQresultErrorMessage(done.get()));
    }
}

statement_trial::result statement_trial::ask(
    const std::string& text, const std::vector<std::string>& values
) {
    std::vector<const char*> starts;
    for (const auto& each : values)
        starts.push_back(each.c_str());
    return result(PQexecParams(
        handle_.get(),
        text.c_str(),
        static_cast<int>(values.size()),
        nullptr,
        starts.data(),
        nullptr,
        nullptr,
        0
    ));
}

// --- types

std::string statement_trial::names_of(const std::vector<Oid>& types) {
    std::string numbers;
    for (const auto each : types)
        numbers += (numbers.empty() ? "" : ",") + std::to_string(each);
    const auto named =
        ask("SELECT coalesce(string_agg(format_type(t, NULL), ', ' ORDER BY n), '')"
            " FROM unnest($1::oid[]) WITH ORDINALITY AS all_types(t, n)",
            {"{" + numbers + "}"});
    return "(" + std::string(PQgetvalue(named.get(), 0, 0)) + ")";
}

std::string statement_trial::types_in(const std::string& schema, const sent_statement& each) {
    run("SET search_path = " + schema);
    const result made(PQprepare(handle_.get(), "", each.text.c_str(), 0, nullptr));
    if (PQresultStatus(made.get()) != PGRES_COMMAND_OK) {
        std::string refused = PQresultErrorMessage(made.get());
        return refused.substr(0, refused.find('\n'));
    }
    const result described(PQdescribePrepared(handle_.get(), ""));
    std::vector<Oid> parameters;
    for (int i = 0; i < PQnparams(described.get()); ++i)
        parameters.push_back(PQparamtype(described.get(), i));
    std::vector<Oid> columns;
    for (int i = 0; i < PQnfields(described.get()); ++i)
        columns.push_back(PQftype(described.get(), i));
    return names_of(parameters) + " -> " + names_of(columns);
}

std::string statement_trial::misfits(const std::vector<sent_statement>& sent) {
    std::string found;
    for (const auto& each : sent) {
        if (const auto types = types_in(newer, each); types != each.types) {
            found += each.name + " was " + each.types + " and is " + types + "\n";
        }
    }
    return found;
}

// --- runs

std::string statement_trial::first_difference(const std::vector<sent_statement>& sent, int rounds) {
    const auto tables = questions();
    auto order = sent;
    // They would end the transaction in which both schemas are looked at.
    std::erase_if(order, [](const auto& each) {
        return each.text == "BEGIN" || each.text == "COMMIT";
    });
    for (int round = 0; round < rounds; ++round) {
        run("BEGIN");
        // std::shuffle draws as the library likes.
        for (auto left = order.size(); left > 1; --left)
            std::swap(order[left - 1], order[dice_() % left]);
        for (const auto& each : order) {
            const auto values = draw_values(each);
            const auto before = outcome_in(older, each, values);
            const auto after = outcome_in(newer, each, values);
            if (before != after) {
                return each.name + " answered\n" + before + "and answers now\n" + after;
            }
            const bool is_last = &each == &order.back();
            if (before.starts_with("0 rows") && !is_last) continue;
            const auto expected = tables_in(older, tables);
            const auto found = tables_in(newer, tables);
            if (expected != found) {
                return each.name + " left\n" + expected + "and leaves now\n" + found;
            }
        }
        run("COMMIT");
    }
    return {};
}

std::string statement_trial::idle() const {
    std::string found;
    for (const auto& [name, rows] : touched_) {
        if (rows == 0) found += name + "\n";
    }
    return found;
}

std::string statement_trial::outcome_in(
    const std::string& schema, const sent_statement& each, const std::vector<std::string>& values
) {
    run("SET LOCAL search_path = " + schema + "; SAVEPOINT before_it");
    auto& touched = touched_[each.name];
    const auto done = ask(each.text, values);
    const auto status = PQresultStatus(done.get());
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
        std::string error = PQresultErrorField(done.get(), PG_DIAG_SQLSTATE);
        run("ROLLBACK TO before_it; RELEASE before_it");
        return "error " + error + "\n";
    }
    run("RELEASE before_it");
    // The order of rows is the plan's, if a statement does not name one.
    std::vector<std::string> rows;
    for (int row = 0; row < PQntuples(done.get()); ++row) {
        std::string text;
        for (int column = 0; column < PQnfields(done.get()); ++column)
            text += std::string(PQgetvalue(done.get(), row, column)) + "|";
        rows.push_back(text + "\n");
    }
    std::ranges::sort(rows);
    const std::string affected = PQcmdTuples(done.get());
    touched += affected.empty() ? 1 : std::stoul(affected);
    std::string all = affected + " rows\n";
    for (const auto& row : rows)
        all += row;
    return all;
}

std::vector<std::string> statement_trial::questions() {
    const auto tables = ask(
        "SELECT table_name, string_agg(quote_ident(column_name), ', ' ORDER BY ordinal_position)"
        " FROM information_schema.columns WHERE table_schema = $1 GROUP BY 1 ORDER BY 1",
        {older}
    );
    std::vector<std::string> found;
    for (int row = 0; row < PQntuples(tables.get()); ++row) {
        const std::string name = PQgetvalue(tables.get(), row, 0);
        found.push_back(
            "SELECT '" + name + "', " + PQgetvalue(tables.get(), row, 1) + " FROM " + name
        );
    }
    return found;
}

std::string statement_trial::tables_in(
    const std::string& schema, const std::vector<std::string>& questions
) {
    run("SET LOCAL search_path = " + schema);
    std::string all = "SELECT coalesce(string_agg(line, E'\\n' ORDER BY line), '') FROM (";
    for (const auto& each : questions) {
        if (&each != &questions.front()) all += " UNION ALL ";
        all += "SELECT one::text AS line FROM (" + each + ") AS one";
    }
    const auto found = ask(all + ") AS lines");
    if (PQresultStatus(found.get()) != PGRES_TUPLES_OK) return PQresultErrorMessage(found.get());
    return std::string(PQgetvalue(found.get(), 0, 0)) + "\n";
}

// --- values

std::vector<std::string> statement_trial::draw_values(const sent_statement& each) {
    std::vector<std::string> drawn;
    for (const auto& type : parameter_types(each.types)) {
        const auto name = "$" + std::to_string(drawn.size() + 1);
        // Which of several equal rows are within a limit is the plan's choice.
        const bool is_limit = each.text.find("LIMIT " + name) != std::string::npos;
        if (is_limit) {
            drawn.emplace_back("1000");
        } else if (type.ends_with("[]")) {
            const auto element = type.substr(0, type.size() - 2);
            drawn.push_back("{" + draw(element) + "," + draw(element) + "}");
        } else {
            drawn.push_back(draw(type));
        }
    }
    return drawn;
}

// Half of them are the same, so that what one statement writes is what another one looks for.
std::string statement_trial::draw(const std::string& type) {
    static const std::map<std::string, std::vector<std::string>> known{
        {"bigint", {"1", "1", "1", "1", "1", "2", "0", "-1"}},
        {"boolean", {"true", "false"}},
        {"bytea", {"a", "a", "b", ""}},
        {"uuid",
         {"00000000-0000-4000-8000-000000000001",
          "00000000-0000-4000-8000-000000000001",
          "00000000-0000-4000-8000-000000000002"}},
    };
    const auto found = known.find(type);
    if (found == known.end()) throw std::runtime_error("no values of the type " + type);
    const auto& value = found->second[dice_() % found->second.size()];
    return value.empty() ? "\"\"" : value;
}

}  // namespace tests
