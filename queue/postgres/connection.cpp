#include "queue/postgres/connection.hpp"

#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "queue/failpoint.hpp"
#include "queue/postgres/connection_parameters.hpp"
#include "queue/postgres/database_url.hpp"
#include "queue/postgres/options.hpp"

namespace kurir::queue::postgres {

namespace {

using steady = std::chrono::steady_clock;

int milliseconds_until(steady::time_point deadline) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - steady::now());
    return static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 60'000));
}

// A server that does not know one of these goes without it.
//
// How the server may plan: every statement names its rows by an index, but a plan is made while a
// table is new and empty, when reading all of it looks cheap, and kept: then each batch reads past
// the dead rows of all before it. What has to be read whole (`total`) looks dear that way, and must
// not be compiled for it.
//
// When it notices that a machine is gone: after 90 seconds, not after a quarter of an hour or two.
constexpr std::string_view ways =
    "SELECT set_config(s.name, w.value, false) FROM pg_settings s JOIN (VALUES"
    " ('enable_seqscan', 'off'), ('enable_hashjoin', 'off'), ('enable_mergejoin', 'off'),"
    " ('jit', 'off'), ('tcp_keepalives_idle', '60'), ('tcp_keepalives_interval', '10'),"
    " ('tcp_keepalives_count', '3'), ('tcp_user_timeout', '90000')) AS w(name, value) ON w.name = "
    "s.name;";

}  // namespace

sql_error connection::closed(std::string_view cause) {
    const char* told = handle_ ? PQerrorMessage(handle_.get()) : "";
    std::string text = one_line(told);
    if (text.empty()) text = cause;
    handle_.reset();
    return {trouble::disconnected, {}, std::move(text)};
}

sql_error connection::error_of(const PGresult* result) {
    const char* state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    sql_error error{.state = state == nullptr ? "" : state, .text = {}};
    error.text = one_line(PQresultErrorMessage(result));
    error.kind = error.state.empty() ? trouble::disconnected : trouble_of(error.state);
    return error;
}

// --- opening

answer<std::unique_ptr<connection>> connection::open(const options& settings) {
    return open(settings.url, settings.patience, settings.commit);
}

answer<std::unique_ptr<connection>> connection::open(
    const std::string& url, std::chrono::milliseconds patience, const std::string& commit
) {
    auto place = database_url::parse(url);
    if (!place) return place.error();
    const auto deadline = steady::now() + patience;
    // What the URL says itself counts before all of these.
    const auto unacknowledged = std::to_string(patience.count());
    const char* const names[] = {
        "fallback_application_name", "tcp_user_timeout", "target_session_attrs", "dbname", nullptr
    };
    const char* const values[] = {
        "kurir", unacknowledged.c_str(), "read-write", url.c_str(), nullptr
    };
    std::unique_ptr<connection> made(new connection(PQconnectStartParams(names, values, 1)));
    if (!made->handle_) return sql_error{trouble::disconnected, {}, "there is no memory"};
    auto done = made->connect(deadline);
    if (done) done = made->set_up(patience, commit);
    if (!done) {
        auto error = done.error();
        error.text = place->without_secrets(std::move(error.text));
        return error;
    }
    return made;
}

answer<void> connection::set_up(std::chrono::milliseconds patience, const std::string& commit) {
    // The server gives up before we do: a process that is stopped, or a node that is gone, must not
    // keep its locks, and what we no longer wait for must not go on.
    const auto limit = [&](const char* name, std::chrono::milliseconds time) {
        return std::string("SET ") + name + " = " + std::to_string(time.count()) + ";";
    };
    auto settings = limit("statement_timeout", patience * 9 / 10) +
                    limit("lock_timeout", patience / 2) +
                    limit("idle_in_transaction_session_timeout", patience);
    if (!commit.empty()) settings += "SET synchronous_commit = " + commit + ";";
    settings += ways;
    return script(settings, patience);
}

answer<void> connection::connect(time deadline) {
    if (PQstatus(handle_.get()) == CONNECTION_BAD) return closed("it can't be connected");
    for (auto wanted = PGRES_POLLING_WRITING; wanted != PGRES_POLLING_OK;) {
        if (wanted == PGRES_POLLING_FAILED) return closed("the connection failed");
        if (auto ready = wait(wanted == PGRES_POLLING_WRITING, deadline); !ready) return ready;
        wanted = PQconnectPoll(handle_.get());
    }
    // Notices are for people at a terminal; libpq would print them.
    PQsetNoticeReceiver(handle_.get(), [](void*, const PGresult*) {}, nullptr);
    if (PQsetnonblocking(handle_.get(), 1) != 0) return closed("it does not become non-blocking");
    return {};
}

answer<void> connection::wait(bool for_writing, time deadline) {
    // PQconnectPoll may have replaced the socket.
    pollfd socket{.fd = PQsocket(handle_.get()), .events = POLLIN, .revents = 0};
    if (for_writing) socket.events |= POLLOUT;
    if (socket.fd < 0) return closed("the connection has no socket");
    for (;;) {
        const int ready = ::poll(&socket, 1, milliseconds_until(deadline));
        if (ready > 0) return {};
        if (ready < 0 && errno != EINTR) return closed("poll failed");
        if (steady::now() >= deadline) {
            handle_.reset();
            return sql_error{trouble::disconnected, {}, "the database does not answer in time"};
        }
    }
}

// A server that breaks down in the middle of a statement may still say why: what it said tells more
// than that the connection ended.
sql_error connection::last_words(outcome& found, sql_error end) {
    if (!found.error) return end;
    end.state = std::move(found.error->state);
    end.text = std::move(found.error->text);
    return end;
}

protection connection::protected_by() const {
    const std::string_view host = PQhost(handle_.get());
    const std::string_view address = PQhostaddr(handle_.get());
    if (host.starts_with('/') || host.starts_with('@')) return protection::local;
    if (address.starts_with("127.") || address == "::1") return protection::local;
    if (PQgssEncInUse(handle_.get()) != 0) return protection::proven;
    if (PQsslInUse(handle_.get()) == 0) return protection::clear;
    const bool proven =
        connection_parameters(PQconninfo(handle_.get()))["sslmode"] == "verify-full";
    return proven ? protection::proven : protection::unproven;
}

// --- sending

answer<void> connection::script(const std::string& text, std::chrono::milliseconds patience) {
    if (!handle_) return sql_error{trouble::disconnected, {}, "the connection is closed"};
    const auto deadline = steady::now() + patience;
    // Several statements in one text are only possible outside of a pipeline.
    if (PQexitPipelineMode(handle_.get()) == 0) return closed("answers are missing");
    if (PQsendQuery(handle_.get(), text.c_str()) == 0) return closed("nothing can be sent");
    if (auto sent = flush(deadline); !sent) return sent;
    std::unique_ptr<sql_error> error;
    for (;;) {
        auto result = next(deadline);
        if (!result) return result.error();
        if (*result == nullptr) break;
        const rows held(*result);
        const auto status = PQresultStatus(*result);
        const bool good = status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
        if (!good && !error) error = std::make_unique<sql_error>(error_of(*result));
    }
    if (error) return *error;
    return {};
}

void connection::add(const statement& text, const parameters& values) {
    if (!handle_) return;
    if (PQpipelineStatus(handle_.get()) == PQ_PIPELINE_OFF) PQenterPipelineMode(handle_.get());
    const auto count = static_cast<int>(values.values().size());
    if (prepared_.insert(text.name).second) {
        unsent_ |= PQsendPrepare(handle_.get(), text.name, text.text, 0, nullptr) == 0;
        sent_.push_back(true);
    }
    std::vector<const char*> starts;
    std::vector<int> lengths;
    for (const auto& each : values.values()) {
        starts.push_back(each.data());
        lengths.push_back(static_cast<int>(each.size()));
    }
    const std::vector<int> formats(values.values().size(), 1);
    unsent_ |= PQsendQueryPrepared(
                   handle_.get(), text.name, count, starts.data(), lengths.data(), formats.data(), 1
               ) == 0;
    sent_.push_back(false);
    last_ = text.name;
}

answer<void> connection::flush(time deadline) {
    for (;;) {
        const int left = PQflush(handle_.get());
        if (left == 0) return {};
        if (left < 0) return closed("the database closed the connection");
        if (auto ready = wait(true, deadline); !ready) return ready;
        // The server may wait for us to read before it reads on.
        if (PQconsumeInput(handle_.get()) == 0) return closed("the database closed the connection");
    }
}

// --- reading

answer<std::vector<rows>> connection::run(std::chrono::milliseconds patience) {
    if (!handle_) return sql_error{trouble::disconnected, {}, "the connection is closed"};
    if (sent_.empty()) return std::vector<rows>();
    const auto deadline = steady::now() + patience;
    if (unsent_ || PQpipelineSync(handle_.get()) == 0) return closed("nothing can be sent");
    outcome found;
    if (auto sent = flush(deadline); !sent) return sent.error();
    failpoint("statements_sent", last_);
    if (auto read = read_answers(found, deadline); !read) return last_words(found, read.error());
    if (!found.error) return std::move(found.answers);

    auto error = std::move(*found.error);
    if (error.kind == trouble::disconnected) handle_.reset();
    if (handle_) {
        // What is left of its transaction must go, and which statements are prepared is not known.
        prepared_.clear();
        if (auto clean = script("ROLLBACK; DEALLOCATE ALL", patience); !clean) return clean.error();
    }
    return error;
}

// The results of all statements that were sent, up to the end of the pipeline.
answer<void> connection::read_answers(outcome& found, time deadline) {
    for (const bool is_prepare : std::exchange(sent_, {})) {
        if (auto read = read_statement(found, is_prepare, deadline); !read) return read;
    }
    auto last = next(deadline);
    if (!last) return last.error();
    const rows held(*last);
    if (*last == nullptr || PQresultStatus(*last) != PGRES_PIPELINE_SYNC) {
        return closed("the database answered out of turn");
    }
    return {};
}

answer<void> connection::read_statement(outcome& found, bool is_prepare, time deadline) {
    rows last;
    for (;;) {
        auto result = next(deadline);
        if (!result) return result.error();
        if (*result == nullptr) break;
        last = rows(*result);
        const auto status = PQresultStatus(*result);
        if (status == PGRES_PIPELINE_ABORTED) continue;
        const bool good = status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
        if (!good && !found.error) found.error = std::make_unique<sql_error>(error_of(*result));
    }
    if (!is_prepare) found.answers.push_back(std::move(last));
    return {};
}

answer<PGresult*> connection::next(time deadline) {
    while (PQisBusy(handle_.get()) != 0) {
        if (auto ready = wait(false, deadline); !ready) return ready.error();
        if (PQconsumeInput(handle_.get()) == 0) return closed("the database closed the connection");
    }
    auto* const result = PQgetResult(handle_.get());
    if (result == nullptr && PQstatus(handle_.get()) == CONNECTION_BAD) {
        return closed("the database closed the connection");
    }
    return result;
}

}  // namespace kurir::queue::postgres
