#include "relay/admin/health.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <thread>

#include "metrics/metrics.hpp"
#include "relay/admin/server.hpp"
#include "tests/admin/sample_program.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/run.hpp"

using namespace kurir;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;
using tcp = boost::asio::ip::tcp;

namespace {

// What `health_of` says of a server with these checks, which listens on 0.0.0.0, when `address` is
// asked. It blocks, so it has a thread of its own.
admin::health health_with(
    const admin::readiness& checks,
    const boost::asio::ip::address& address = boost::asio::ip::address_v4::any()
) {
    admin::health found;
    tests::run([&]() -> boost::asio::awaitable<void> {
        const auto executor = co_await boost::asio::this_coro::executor;
        metrics::all metrics;
        const tcp::endpoint any_port(boost::asio::ip::address_v4::any(), 0);
        tests::sample_program program(metrics);
        program.checks = checks;
        admin::server http(
            executor,
            std::make_unique<admin::tcp_door>(executor, any_port),
            "KURIR_HTTP_LISTEN",
            metrics.http,
            admin::probes(program)
        );
        REQUIRE(http.listen());
        http.start();
        const auto port = http.entrance().port();
        boost::asio::steady_timer answered(executor, std::chrono::steady_clock::time_point::max());
        std::thread asking([&] {
            found = admin::health_of({address, port});
            boost::asio::post(executor, [&] { answered.cancel(); });
        });
        std::ignore = co_await answered.async_wait(net::as_result);
        asking.join();
        co_await http.stop();
    });
    return found;
}

}  // namespace

TEST_CASE("a relay that is ready is healthy", "[admin][health]") {
    const auto found = health_with({{"store"}, {"listeners"}});

    CHECK(found.ready);
    CHECK(found.report.empty());
}

TEST_CASE("operating: [::] is 0.0.0.0 where there is no IPv6", "[admin][health]") {
    CHECK(health_with({{"store"}}, boost::asio::ip::address_v6::any()).ready);
}

TEST_CASE("a relay that is not ready gives its reasons", "[admin][health]") {
    const auto found = health_with({{"store", false, "low space"}, {"dns"}, {"listeners", false}});

    CHECK_FALSE(found.ready);
    CHECK(found.report == "store: low space\nlisteners\n");
}

TEST_CASE("without a relay there is a reason too", "[admin][health]") {
    boost::asio::io_context context;
    tcp::acceptor taken(context, tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0));
    const auto endpoint = taken.local_endpoint();
    taken.close();

    const auto found = admin::health_of(endpoint);

    CHECK_FALSE(found.ready);
    CHECK_THAT(found.report, ContainsSubstring("refused"));
}

TEST_CASE("a relay that does not answer is given up in time", "[admin][health]") {
    boost::asio::io_context context;
    tcp::acceptor silent(context, tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0));

    const auto found = admin::health_of(silent.local_endpoint(), 50ms);

    CHECK_FALSE(found.ready);
    CHECK_THAT(found.report, ContainsSubstring("no answer in time"));
}
