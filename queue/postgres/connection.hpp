// A connection to PostgreSQL. Statements that are sent together take one round trip (libpq's
// pipeline mode).
//
// Every call ends within the time that it is given; then the connection is closed, because there is
// no other way to know what became of the statements. A failure is a value. Belongs to one thread.
#pragma once

#include <libpq-fe.h>

#include <chrono>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "queue/database_facts.hpp"
#include "queue/postgres/parameters.hpp"
#include "queue/postgres/rows.hpp"
#include "queue/postgres/sql_error.hpp"

namespace kurir::queue::postgres {

struct options;

// Prepared under its name when a connection sends it for the first time. Of static storage.
struct statement {
    const char* name;
    const char* text;
};

class connection {
public:
    // `url`: a connection URI or string as libpq reads it. Of several hosts the one is taken that
    // can be written to, unless it says otherwise (`target_session_attrs`). `commit`: as the
    // parameter synchronous_commit; empty: as the server has it. Looking up a host's name is not
    // bounded by `patience`.
    static answer<std::unique_ptr<connection>> open(
        const std::string& url, std::chrono::milliseconds patience, const std::string& commit = {}
    );
    static answer<std::unique_ptr<connection>> open(const options& settings);

    // Runs statements one after the other, without parameters: for the schema.
    answer<void> script(const std::string& text, std::chrono::milliseconds patience);

    // Adds a statement to those that `run` sends.
    void add(const statement& text, const parameters& values = {});

    // Sends what was added, and waits for all answers: one for each statement. Unless they begin
    // with BEGIN, they are one transaction. After an error none of them has taken effect, unless
    // the error is `trouble::disconnected` and they had a COMMIT.
    answer<std::vector<rows>> run(std::chrono::milliseconds patience);

    bool is_open() const noexcept { return handle_ != nullptr; }

    // While it is open: who can read it, and the id of the server's process, as the greeting told.
    protection protected_by() const;
    int server_process() const { return PQbackendPID(handle_.get()); }

private:
    using time = std::chrono::steady_clock::time_point;
    struct finish {
        void operator()(PGconn* handle) const noexcept { PQfinish(handle); }
    };
    struct outcome {
        std::vector<rows> answers;
        std::unique_ptr<sql_error> error;  // the first one
    };

    explicit connection(PGconn* handle) : handle_(handle) {}

    answer<void> connect(time deadline);
    answer<void> set_up(std::chrono::milliseconds patience, const std::string& commit);
    answer<void> wait(bool for_writing, time deadline);
    answer<void> flush(time deadline);
    // Null: there are no more results of this statement.
    answer<PGresult*> next(time deadline);
    answer<void> read_statement(outcome& found, bool is_prepare, time deadline);
    answer<void> read_answers(outcome& found, time deadline);
    sql_error closed(std::string_view cause);
    static sql_error last_words(outcome& found, sql_error end);
    static sql_error error_of(const PGresult* result);

    std::unique_ptr<PGconn, finish> handle_;
    std::set<std::string_view> prepared_;
    std::vector<bool> sent_;  // in order: true for one that only prepares
    bool unsent_ = false;     // a statement could not be added
    const char* last_ = "";   // the name of the last that was added
};

}  // namespace kurir::queue::postgres
