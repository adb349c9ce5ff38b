#include "relay/app/operations.hpp"

#include "tests/support/catch.hpp"
#include "tests/support/run.hpp"

using namespace kurir;
using Catch::Matchers::ContainsSubstring;

TEST_CASE("the metrics say what the readiness is", "[app]") {
    metrics::all metrics;
    admin::readiness checks{{"store"}};
    app::operations subject(metrics, [&] { return checks; });
    tests::run([&]() -> boost::asio::awaitable<void> {
        const auto ready = co_await subject.exposition();
        CHECK_THAT(ready, ContainsSubstring("\nkurir_ready 1\n"));

        checks[0].ok = false;
        CHECK_FALSE(admin::is_ready(subject.ready()));
        const auto unready = co_await subject.exposition();
        CHECK_THAT(unready, ContainsSubstring("\nkurir_ready 0\n"));
    });
}
