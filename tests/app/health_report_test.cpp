// The watchdog is fed only while every loop goes round.
#include "relay/app/health_report.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include "relay/net/clock.hpp"
#include "relay/net/task_group.hpp"
#include "tests/app/manager_socket.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/run.hpp"

namespace asio = boost::asio;
using namespace kurir;
using namespace std::chrono_literals;

namespace {

// Two loops that turn only when a test says so, and time that stands still.
struct watched_world {
    net::virtual_clock time;
    asio::io_context own{1};
    asio::io_context other{1};
    asio::executor_work_guard<asio::io_context::executor_type> work = asio::make_work_guard(other);
    tests::manager_socket systemd{true};
    app::service_manager manager{
        {{"NOTIFY_SOCKET", systemd.address()}, {"WATCHDOG_USEC", "30000000"}}
    };
    net::task_group group{own.get_executor(), tests::must_not_throw};
    std::string status = "accepting mail";

    watched_world() {
        group.spawn(app::report_health(own.get_executor(), {other.get_executor()}, manager, [this] {
            return status;
        }));
    }
    void turn_both() {
        own.poll();
        other.poll();
        own.poll();
    }
};

}  // namespace

TEST_CASE("the manager hears nothing while a loop is stuck", "[app][systemd]") {
    watched_world world;
    for (int turn = 0; turn < 10; ++turn) {
        world.own.poll();
        world.time.advance(10s);
    }
    CHECK(world.systemd.heard().empty());

    world.turn_both();  // it goes on
    CHECK(world.systemd.heard() == "WATCHDOG=1\nSTATUS=accepting mail\n");

    world.time.advance(10s);
    world.own.poll();
    CHECK(world.systemd.heard().empty());
    world.turn_both();
    CHECK(world.systemd.heard() == "WATCHDOG=1\n");

    world.time.advance(9s);
    world.turn_both();
    CHECK(world.systemd.heard().empty());
    world.status = "not accepting mail";
    world.time.advance(1s);
    world.turn_both();
    CHECK(world.systemd.heard() == "WATCHDOG=1\nSTATUS=not accepting mail\n");

    world.group.stop();
    world.turn_both();
    CHECK(world.group.size() == 0);
    CHECK(world.systemd.heard().empty());
}

TEST_CASE("a report that is stopped while a loop is stuck says nothing more", "[app][systemd]") {
    watched_world world;
    world.own.poll();
    world.group.stop();
    world.turn_both();
    CHECK(world.group.size() == 0);
    CHECK(world.systemd.heard().empty());
}

TEST_CASE("the status is one line that says what fails", "[app][systemd]") {
    using app::status_of;
    CHECK(status_of({{.name = "store"}}) == "accepting mail");
    CHECK(
        status_of({
            {.name = "disk", .ok = false, .detail = "less\nspace"},
            {.name = "store", .ok = false, .detail = "being reopened"},
            {.name = "files", .ok = false, .detail = "x", .advisory = true},
        }) == "not accepting mail: less space; being reopened; look at: files"
    );
    CHECK(
        status_of({{.name = "gateway", .ok = false, .detail = "x", .advisory = true}}) ==
        "accepting mail; look at: gateway"
    );
}
