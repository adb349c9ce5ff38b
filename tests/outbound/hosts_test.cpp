#include "relay/outbound/hosts.hpp"

#include <string>
#include <vector>

#include "tests/support/catch.hpp"

using namespace kurir;
using namespace kurir::outbound;
namespace ip = boost::asio::ip;

namespace {

std::shared_ptr<const route> three() {
    route there{.site = "remote.example", .targets = {}};
    for (const auto* name : {"a", "b", "c"}) {
        const auto last = static_cast<unsigned char>(name[0]);
        there.targets.push_back({name, 25, {ip::address_v4({192, 0, 2, last})}});
    }
    there.targets[1].addresses.push_back(ip::make_address("192.0.2.9"));
    return std::make_shared<const route>(std::move(there));
}

std::string order(host_cursor cursor) {
    std::string names;
    while (const auto host = cursor.next())
        names += host->name;
    return names;
}

queue::recipient_state state(
    std::uint32_t attempts,
    const std::string& remote,
    const std::string& status = "4.3.0",
    const std::string& diagnostic = "451 4.3.0 try later"
) {
    queue::recipient_state before;
    before.attempts = attempts;
    before.remote = remote;
    before.status = status;
    before.diagnostic = diagnostic;
    return before;
}

}  // namespace

TEST_CASE("C051 all addresses of each host, in order, once", "[outbound][hosts]") {
    CHECK(order(host_cursor(three())) == "abbc");
}

TEST_CASE("D13 hosts before the first one come last", "[outbound][hosts]") {
    CHECK(order(host_cursor(three(), 1)) == "bbca");
    CHECK(order(host_cursor(three(), 2)) == "cabb");
}

TEST_CASE("D13 from the third attempt on the next host is the first", "[outbound][hosts]") {
    const auto where = three();
    const auto first = [&](const queue::recipient_state& before) {
        return first_target(*where, &before);
    };
    CHECK_FALSE(first_target(*where, nullptr));
    CHECK_FALSE(first(state(1, "a")));
    CHECK(first(state(2, "a")) == 1U);
    CHECK(first(state(5, "b")) == 2U);
    CHECK(first(state(5, "c")) == 0U);
    CHECK_FALSE(first(state(5, "another")));

    CHECK(first(state(2, "a", "4.4.2", "connection closed by the peer")) == 1U);
    CHECK(first(state(2, "a", "4.0.0", "451 Local error")) == 1U);
    CHECK(first(state(2, "a", "4.0.0", "452 No space")) == 1U);
    // Not of the host.
    CHECK_FALSE(first(state(2, "a", "4.0.0", "450 busy")));
    CHECK_FALSE(first(state(2, "a", "4.2.2", "452 4.2.2 full")));
    CHECK_FALSE(first(state(2, "a", "4.7.1", "451 4.7.1 greylisted")));
}
