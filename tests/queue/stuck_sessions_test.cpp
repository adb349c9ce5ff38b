// Which sessions owners end for each other: those alone that keep their locks while the server
// waits for the rest of what a relay sent.
#include "queue/postgres/stuck_sessions.hpp"

#include "queue/postgres/statements.hpp"
#include "tests/queue/fixture.hpp"
#include "tests/queue/postgres_owner.hpp"
#include "tests/queue/postgres_server.hpp"

using namespace tests;
using postgres::connection;

namespace {

constexpr postgres::statement lock{"lock", "UPDATE locked SET number = number + 1"};
constexpr postgres::statement give{"give", "SELECT length($1::bytea)::bigint"};
constexpr postgres::statement own_id{"own_id", "SELECT pg_backend_pid()::bigint"};
constexpr postgres::statement wait_long{"wait_long", "SELECT pg_sleep(1)"};

// One row that a session has locked, and somebody who looks for such sessions.
class stuck_world {
public:
    stuck_world() : settings_(queue_.settings()) {
        queue_.run("CREATE TABLE locked AS SELECT 0 AS number");
        settings_.patience = 100ms;
        settings_.observer.on_session_ended = [this](auto address, auto silence) {
            CHECK(address.empty());  // a socket in a folder
            CHECK(silence >= 100ms);
            ++ended_;
        };
        looker_ = open();
    }

    std::unique_ptr<connection> open(const std::string& more = {}) {
        auto opened = connection::open(settings_.url + more, 20s);
        REQUIRE(opened.has_value());
        return std::move(*opened);
    }
    // It has the lock, in a transaction.
    std::unique_ptr<connection> locking(const std::string& more = {}) {
        auto made = open(more);
        made->add(own_id);
        id_ = made->run(20s)->front().number(0, 0);
        made->add(postgres::sql::begin);
        made->add(lock);
        REQUIRE(made->run(20s).has_value());
        return made;
    }
    // libpq sends what is full of its buffer, and nothing tells the server that it is the end.
    static void send_half(connection& locking) {
        for (int i = 0; i < 10; ++i)
            locking.add(give, postgres::parameters().bytes(std::string(10'000, 'x')));
    }
    // As the server sees the last that locks.
    bool waits(const std::string& state) {
        const auto session = "FROM pg_stat_activity WHERE wait_event_type = 'Client' AND pid = " +
                             std::to_string(id_) + " AND state = '" + state + "'";
        return queue_.ask(("SELECT count(*) " + session).c_str()) == 1;
    }
    void await(const std::string& state) {
        for (int i = 0; i < 4000 && !waits(state); ++i)
            pause(5ms);
        REQUIRE(waits(state));
        pause(200ms);  // longer than the patience
    }
    void await_end() {
        for (int i = 0; i < 4000 && waits("active"); ++i)
            pause(5ms);
        REQUIRE_FALSE(waits("active"));
    }
    int look() {
        ended_ = 0;
        REQUIRE(postgres::end_stuck_sessions(*looker_, settings_).has_value());
        return ended_;
    }

private:
    postgres_queue queue_;
    postgres::options settings_;
    std::unique_ptr<connection> looker_;
    std::int64_t id_ = 0;
    int ended_ = 0;
};

}  // namespace

TEST_CASE(
    "a session whose relay has sent a half is ended, and its lock is free", "[queue][stuck]"
) {
    stuck_world world;
    const auto frozen = world.locking();
    stuck_world::send_half(*frozen);
    world.await("active");
    CHECK(world.look() == 1);
    world.await_end();
    CHECK(world.look() == 0);
    CHECK(world.locking() != nullptr);
    const auto answers = frozen->run(20s);
    REQUIRE_FALSE(answers.has_value());
    CHECK(answers.error().kind == postgres::trouble::disconnected);
}

// Of these the server itself knows how long they may take.
TEST_CASE("a session between two statements is not ended", "[queue][stuck]") {
    stuck_world world;
    const auto thinking = world.locking();
    world.await("idle in transaction");
    CHECK(world.look() == 0);
    thinking->add(lock);
    CHECK(thinking->run(20s).has_value());
}

TEST_CASE("a session with another name is not ended", "[queue][stuck]") {
    stuck_world world;
    const auto backup = world.locking(" application_name=pg_dump");
    stuck_world::send_half(*backup);
    world.await("active");
    CHECK(world.look() == 0);
    CHECK(backup->run(20s).has_value());
}

TEST_CASE("a session that works is not ended", "[queue][stuck]") {
    stuck_world world;
    const auto working = world.open();
    working->add(wait_long);
    stuck_world::send_half(*working);
    pause(300ms);
    CHECK(world.look() == 0);
}
