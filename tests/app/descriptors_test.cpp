// How many deliveries fit the descriptors there are.
#include "relay/app/descriptors.hpp"

#include "tests/support/catch.hpp"

using namespace kurir;

namespace {

config::config settings() {
    config::config config;
    config.max_sessions = 2000;
    config.delivery_workers = 500;
    config.threads = 2;
    config.listen.resize(1);
    return config;
}

}  // namespace

TEST_CASE("R2 deliveries fit the descriptors there are", "[app]") {
    const auto config = settings();
    const auto wanted = app::descriptors_wanted(config);
    CHECK(app::workers_within(wanted, config) == 500);
    CHECK(app::workers_within(1'000'000, config) == 500);

    std::size_t before = 1;
    for (std::uint64_t limit = 0; limit < wanted; ++limit) {
        const auto workers = app::workers_within(limit, config);
        // There is always one; more descriptors never mean fewer deliveries, nor more than fit.
        REQUIRE(workers >= before);
        REQUIRE((workers == 1 || workers < limit / 2));
        before = workers;
    }
    CHECK(app::workers_within(48, config) > 1);
    CHECK(app::workers_within(1024, config) > 100);
}
