#include "relay/config/host.hpp"

#include "tests/support/catch.hpp"

using namespace kurir::config;

TEST_CASE("a name without a dot is looked up in the hosts file", "[config][host]") {
    constexpr auto hosts =
        "127.0.0.1 localhost\n"
        "# 192.0.2.1 wrong.example mail\n"
        "192.0.2.2\tmail.example mail # ours\n";

    CHECK(qualified("mail", hosts) == "mail.example");
    CHECK(qualified("other", hosts) == "other");
    CHECK(qualified("mail.elsewhere.example", hosts) == "mail.elsewhere.example");
    CHECK(qualified("mail", "") == "mail");
}

TEST_CASE("localdomain is nobody's name", "[config][host]") {
    CHECK(
        qualified("localhost.localdomain", "127.0.0.1 localhost.localdomain localhost") ==
        "localhost"
    );
    CHECK(qualified("mail", "127.0.1.1 mail.localdomain mail") == "mail");
}

TEST_CASE("a cgroup's quota limits the CPUs, rounded up", "[config][host]") {
    CHECK(allowed_cpus("max 100000", 8) == 8);
    CHECK(allowed_cpus("200000 100000", 8) == 2);
    CHECK(allowed_cpus("150000 100000", 8) == 2);
    CHECK(allowed_cpus("10000 100000", 8) == 1);
    CHECK(allowed_cpus("1600000 100000", 8) == 8);
    CHECK(allowed_cpus("-1 100000", 8) == 8);
    CHECK(allowed_cpus("", 8) == 8);
    CHECK(allowed_cpus("100000 0", 8) == 8);
}

TEST_CASE("this machine has a name and a CPU", "[config][host]") {
    const auto machine = this_host();

    CHECK_FALSE(machine.name.empty());
    CHECK(machine.cpus >= 1);
    CHECK_FALSE(machine.read("/nonexistent/file"));
    CHECK_FALSE(machine.read("/"));
    CHECK(machine.read("/proc/self/cgroup"));
}
