// What a service manager is told, read from a socket as systemd has it.
#include "relay/app/service_manager.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>

#include "tests/app/manager_socket.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/log_lines.hpp"

using namespace kurir;
using namespace std::chrono_literals;
using app::notify_endpoint_of;
using app::service_manager;
using app::watchdog_time_of;

TEST_CASE("NOTIFY_SOCKET is a path or an abstract name", "[app][systemd]") {
    CHECK(notify_endpoint_of("/run/systemd/notify")->path() == "/run/systemd/notify");
    CHECK(notify_endpoint_of("@name")->path() == std::string("\0name", 5));
    for (const auto* other : {"", "/", "@", "notify", "vsock:2:1234", "./notify"}) {
        CHECK_FALSE(notify_endpoint_of(other));
    }
    const auto longest = sizeof(sockaddr_un::sun_path) - 1;
    CHECK(notify_endpoint_of("/" + std::string(longest - 1, 'x')));
    CHECK_FALSE(notify_endpoint_of("/" + std::string(longest, 'x')));
}

TEST_CASE("the watchdog counts for the process that it names", "[app][systemd]") {
    CHECK(watchdog_time_of({{"WATCHDOG_USEC", "30000000"}}, 7) == 30s);
    CHECK(watchdog_time_of({{"WATCHDOG_USEC", "5"}, {"WATCHDOG_PID", "7"}}, 7) == 5us);
    CHECK_FALSE(watchdog_time_of({{"WATCHDOG_USEC", "5"}, {"WATCHDOG_PID", "8"}}, 7));
    CHECK_FALSE(watchdog_time_of({{"WATCHDOG_PID", "7"}}, 7));
    for (const auto* bad : {"", "0", "-1", "soon", "5 "}) {
        CHECK_FALSE(watchdog_time_of({{"WATCHDOG_USEC", bad}}, 7));
    }
}

TEST_CASE("each state is told in the words of sd_notify", "[app][systemd]") {
    const auto abstract = GENERATE(true, false);
    tests::manager_socket systemd(abstract);
    service_manager manager({{"NOTIFY_SOCKET", systemd.address()}, {"WATCHDOG_USEC", "30000000"}});
    CHECK(manager.listens());
    CHECK(manager.interval() == 10s);

    manager.ready("accepting mail");
    CHECK(systemd.heard() == "READY=1\nSTATUS=accepting mail\n");
    manager.alive("accepting mail");
    CHECK(systemd.heard() == "WATCHDOG=1\n");
    manager.alive("not accepting mail: disk");
    CHECK(systemd.heard() == "WATCHDOG=1\nSTATUS=not accepting mail: disk\n");

    const auto before = std::chrono::steady_clock::now().time_since_epoch() / 1us;
    manager.reloading();
    const auto reloading = systemd.heard();
    const std::string begin = "RELOADING=1\nMONOTONIC_USEC=";
    REQUIRE(reloading.starts_with(begin));
    CHECK(std::stoll(reloading.substr(begin.size())) >= before);
    manager.reloaded();
    CHECK(systemd.heard() == "READY=1\n");

    manager.stopping("stopping");
    CHECK(systemd.heard() == "STOPPING=1\nSTATUS=stopping\n");
    manager.reloading();
    manager.reloaded();
    CHECK(systemd.heard().empty());
}

TEST_CASE("without a watchdog only news is told", "[app][systemd]") {
    tests::manager_socket systemd(true);
    service_manager manager({{"NOTIFY_SOCKET", systemd.address()}});
    CHECK(manager.interval() == 10s);
    manager.alive("a");
    CHECK(systemd.heard() == "STATUS=a\n");
    manager.alive("a");
    CHECK(systemd.heard().empty());
}

TEST_CASE("without a manager nothing is told, and nothing is logged", "[app][systemd]") {
    const log::capture captured;
    service_manager manager({});
    CHECK_FALSE(manager.listens());
    manager.ready("accepting mail");
    manager.stopping("stopping");
    CHECK(captured.lines().empty());
}

TEST_CASE("a manager that can't be told is logged once", "[app][systemd]") {
    const log::capture captured;
    service_manager gone({{"NOTIFY_SOCKET", "/nowhere/notify"}});
    gone.ready("accepting mail");
    gone.alive("accepting mail, still");
    REQUIRE(captured.lines().size() == 1);
    CHECK(tests::all_of(captured).find("No such file") != std::string::npos);

    const service_manager odd({{"NOTIFY_SOCKET", "vsock:2:1"}});
    CHECK_FALSE(odd.listens());
    CHECK(captured.lines().size() == 2);
}
