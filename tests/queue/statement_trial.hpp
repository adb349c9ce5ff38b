// Shows what a migration changes for statements that were written before it.
//
// Two schemas stand side by side, one as the statements know it and one that was migrated further.
// Each statement is sent to both within one transaction, so at one time, with values that are drawn
// from few, so that statements meet each other's rows. What it answers, how it fails and what
// the tables hold afterwards must be the same.
#pragma once

#include <libpq-fe.h>

#include <cstddef>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "tests/queue/sent_statements.hpp"

namespace tests {

class statement_trial {
public:
    // `version`: of the schema that the statements know. `script` migrates the other one further
    // than this program does.
    explicit statement_trial(int version, const std::string& script = {});
    statement_trial(const statement_trial&) = delete;
    statement_trial& operator=(const statement_trial&) = delete;
    ~statement_trial();

    // The types of a statement that the older schema knows, or the error.
    std::string types_of(const sent_statement& each) { return types_in(older, each); }

    // A line for each statement that the newer schema refuses, or whose types were others.
    std::string misfits(const std::vector<sent_statement>& sent);

    // Sends all so many times, in an order that is drawn each time. What differed first; empty:
    // nothing.
    std::string first_difference(const std::vector<sent_statement>& sent, int rounds);

    // A line for each of those that were sent and never touched or found a row.
    std::string idle() const;

private:
    struct close {
        void operator()(PGconn* handle) const noexcept { PQfinish(handle); }
    };
    struct clear {
        void operator()(PGresult* result) const noexcept { PQclear(result); }
    };
    using result = std::unique_ptr<PGresult, clear>;

    static const std::string older;
    static const std::string newer;

    void run(const std::string& script);
    result ask(const std::string& text, const std::vector<std::string>& values = {});
    void migrate(const std::string& schema, int version);
    std::string types_in(const std::string& schema, const sent_statement& each);
    std::string names_of(const std::vector<Oid>& types);

    // The tables of the older schema: a question for all that the columns which it knows hold.
    std::vector<std::string> questions();
    std::string tables_in(const std::string& schema, const std::vector<std::string>& questions);
    // What it answers: rows, or the kind of error. An error is undone.
    std::string outcome_in(
        const std::string& schema,
        const sent_statement& each,
        const std::vector<std::string>& values
    );
    std::vector<std::string> draw_values(const sent_statement& each);
    std::string draw(const std::string& type);

    std::unique_ptr<PGconn, close> handle_;
    std::mt19937 dice_;
    std::map<std::string, std::size_t> touched_;  // rows, by the name of a statement
};

}  // namespace tests
