// What /readyz and the service manager hear while the queue is opened.
#include "relay/app/opening_progress.hpp"

#include "tests/app/manager_socket.hpp"
#include "tests/support/catch.hpp"

using namespace kurir;
using namespace std::chrono_literals;

namespace {

std::string detail_of(const app::opening_progress& progress) {
    const auto checks = progress.checks();
    REQUIRE(checks.size() == 1);
    CHECK(checks[0].name == "store");
    CHECK_FALSE(admin::is_ready(checks));
    return checks[0].detail;
}

}  // namespace

TEST_CASE("the last step is why it is not ready", "[app]") {
    app::service_manager nobody({});
    int steps = 0;
    app::opening_progress progress(nobody, [&] { ++steps; });
    CHECK(detail_of(progress) == "starting");
    progress.step("connecting");
    CHECK(detail_of(progress) == "connecting");
    progress.wait("waiting", 1h);
    CHECK(detail_of(progress) == "waiting");
    CHECK(steps == 2);
}

TEST_CASE("the manager gives a start the time of what it waits for", "[app][systemd]") {
    tests::manager_socket systemd(true);
    app::service_manager manager({{"NOTIFY_SOCKET", systemd.address()}});
    app::opening_progress progress(manager);
    progress.step("opening the queue");
    CHECK(systemd.heard().empty());
    progress.wait("waiting for another", 1h);
    CHECK(
        systemd.heard() ==
        "EXTEND_TIMEOUT_USEC=3900000000\nSTATUS=not accepting mail: waiting for another\n"
    );
    progress.wait("waiting for another", 60s);
    CHECK(systemd.heard() == "EXTEND_TIMEOUT_USEC=360000000\n");
}

TEST_CASE("when the queue is open nothing is told any more", "[app][systemd]") {
    tests::manager_socket systemd(true);
    app::service_manager manager({{"NOTIFY_SOCKET", systemd.address()}});
    int steps = 0;
    app::opening_progress progress(manager, [&] { ++steps; });
    progress.end();
    progress.wait("bringing the tables up to date again", 1h);
    progress.step("connecting");
    CHECK(steps == 0);
    CHECK(systemd.heard().empty());
    CHECK(detail_of(progress) == "starting");
}
