#include "dns/server_order.hpp"

#include <vector>

#include "dns/servers.hpp"
#include "tests/support/catch.hpp"

using namespace kurir;
using namespace std::chrono_literals;
using dns::server_order;
using order = std::vector<std::size_t>;

namespace {

struct servers {
    explicit servers(std::size_t count) : are(count) {}

    void silent(std::size_t server, unsigned times = server_order::limit) {
        for (unsigned i = 0; i < times; ++i)
            are.silent(server, now, now + 1s);
    }

    server_order are;
    server_order::clock::time_point now{1h};
};

}  // namespace

TEST_CASE("D10 a server that was silent several times goes to the end", "[dns][order]") {
    servers three(3);
    three.silent(0, server_order::limit - 1);
    CHECK(three.are.order() == order{0, 1, 2});
    three.silent(0, 1);
    CHECK(three.are.order() == order{1, 2, 0});
    three.silent(1);
    CHECK(three.are.order() == order{2, 0, 1});
    three.silent(2);
    CHECK(three.are.order() == order{0, 1, 2});
}

TEST_CASE("D10 a server that answers others meanwhile is not silent", "[dns][order]") {
    servers two(2);
    for (int i = 0; i < 20; ++i) {
        two.are.heard(0, two.now + 100ms);
        two.are.silent(0, two.now, two.now + 1s);
        two.now += 1s;
    }
    CHECK(two.are.order() == order{0, 1});
}

TEST_CASE("D10 an answer between silences clears the count", "[dns][order]") {
    servers two(2);
    for (int i = 0; i < 20; ++i) {
        two.silent(0, server_order::limit - 1);
        two.now += 2s;
        two.are.heard(0, two.now);
        two.now += 2s;
    }
    CHECK(two.are.order() == order{0, 1});
}

TEST_CASE("D10 a server is probed after a pause that grows, and comes back at once", "[dns]") {
    servers two(2);
    two.silent(0);
    std::vector<long> pauses;
    auto last = two.now + 1s;
    for (auto until = two.now + 1h; two.now < until; two.now += 1s) {
        if (two.are.to_probe(two.now) != 0) continue;
        CHECK_FALSE(two.are.to_probe(two.now));  // by one question
        pauses.push_back(std::chrono::duration_cast<std::chrono::seconds>(two.now - last).count());
        last = two.now;
    }
    REQUIRE(pauses.size() > 8);
    CHECK(pauses.front() == 15);
    CHECK(pauses.at(1) == 30);
    CHECK(pauses.back() == 300);

    two.are.heard(0, two.now);
    CHECK(two.are.order() == order{0, 1});
    two.now += 1s;
    two.silent(0);
    CHECK_FALSE(two.are.to_probe(two.now));
    CHECK(two.are.to_probe(two.now + 16s) == 0);
}

TEST_CASE("D10 where all are silent nobody is probed: they are asked", "[dns][order]") {
    servers two(2);
    two.silent(0);
    two.silent(1);
    CHECK_FALSE(two.are.to_probe(two.now + 1h));
    servers one(1);
    one.silent(0);
    CHECK_FALSE(one.are.is_last(0));
}

TEST_CASE("the servers of a resolv.conf", "[dns]") {
    using list = std::vector<std::string>;
    CHECK(
        dns::listed_servers("# x\nnameserver 192.0.2.1\nsearch a.test\n;nameserver 9.9.9.9\n"
                            "nameserver\t2001:db8::1 # two\nnameserver fe80::1%eth0\n"
        ) == list{"192.0.2.1", "2001:db8::1", "fe80::1%eth0"}
    );
    CHECK(dns::listed_servers("") == list{"127.0.0.1"});
    CHECK(dns::listed_servers("nameserver\n") == list{"127.0.0.1"});
}
