#include "tests/queue/postgres_owner.hpp"

namespace tests {

namespace {

std::string next_schema() {
    static std::atomic<int> made = 0;
    return "queue_" + std::to_string(++made);
}

template <class T>
void require(const postgres::answer<T>& outcome) {
    INFO((outcome ? std::string() : outcome.error().state + " " + outcome.error().text));
    REQUIRE(outcome.has_value());
}

std::string text_of(queue::time_point time) {
    return std::to_string(time.time_since_epoch().count());
}

}  // namespace

postgres_queue::postgres_queue(std::chrono::milliseconds lease_time)
    : schema_(next_schema()), lease_(lease_time) {
    run("CREATE SCHEMA " + schema_);
}

postgres_queue::~postgres_queue() {
    auto last = postgres::connection::open(postgres_server::shared().url(schema_), 10s);
    if (last) (void)(*last)->script("DROP SCHEMA " + schema_ + " CASCADE", 10s);
}

postgres::connection& postgres_queue::side() {
    if (!side_ || !side_->is_open()) {
        auto made = postgres::connection::open(postgres_server::shared().url(schema_), 10s);
        require(made);
        side_ = std::move(*made);
    }
    return *side_;
}

void postgres_queue::run(const std::string& script) {
    const auto done = side().script(script, 10s);
    require(done);
}

std::int64_t postgres_queue::ask(const char* question) {
    auto made = postgres::connection::open(postgres_server::shared().url(schema_), 10s);
    require(made);
    const postgres::statement asked{"question", question};
    (*made)->add(asked);
    const auto answers = (*made)->run(10s);
    require(answers);
    return answers->front().number(0, 0);
}

postgres::options postgres_queue::settings(postgres::observer told) {
    postgres::options made;
    made.url = postgres_server::shared().url(schema_);
    made.lease = lease_;
    made.reconnect_min = 1ms;
    made.reconnect_max = 20ms;
    made.take_over_pause = 0ms;
    made.failure_pause = 20ms;
    made.now = [this] { return now_.load(); };
    made.self = {.host = "host", .version = "1", .address = "127.0.0.1:1"};
    made.observer = std::move(told);
    return made;
}

std::unique_ptr<postgres_owner> postgres_queue::open(postgres::observer told) {
    auto opened = postgres::postgres_store::open(settings(std::move(told)));
    require(opened);
    if (!std::exchange(has_clock_, true)) {
        run("CREATE TABLE test_clock AS SELECT " + text_of(now_) +
            "::bigint AS now;"
            "CREATE OR REPLACE FUNCTION queue_now() RETURNS bigint LANGUAGE sql STABLE"
            " AS 'SELECT now FROM test_clock'");
    }
    return std::make_unique<postgres_owner>(std::move(*opened));
}

void postgres_queue::set_clock(queue::time_point time) {
    if (now_.exchange(time) != time && has_clock_) {
        run("UPDATE test_clock SET now = " + text_of(time));
    }
}

}  // namespace tests
