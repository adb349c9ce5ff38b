#include "relay/app/reload_account.hpp"

#include "metrics/metrics.hpp"
#include "relay/log/log.hpp"
#include "tests/support/catch.hpp"

using namespace kurir;
using app::reload_cause;
using Catch::Matchers::ContainsSubstring;
using metrics::reload_part;
using metrics::reload_result;

namespace {

struct world {
    double told() { return metrics.runtime.reload_failures_total(reload_part::settings).value(); }
    double failing() { return metrics.runtime.reload_failing(reload_part::settings).value(); }

    log::capture logged;
    metrics::all metrics;
    app::reload_account subject{
        "config",
        reload_part::settings,
        &metrics.runtime.config_reloads_total(reload_result::failed),
        metrics.runtime
    };
};

}  // namespace

TEST_CASE("a mistake that a signal asked about is told at once", "[app][reload]") {
    world desk;
    desk.subject.failed({"KURIR_MAX_HOPS: bad", "KURIR_ROUTES: bad"}, reload_cause::signal);
    CHECK(desk.logged.lines().size() == 2);
    CHECK(desk.told() == 1);
    CHECK(desk.failing() == 1);
    CHECK(desk.subject.mistakes().size() == 2);
    desk.subject.failed({"KURIR_MAX_HOPS: bad", "KURIR_ROUTES: bad"}, reload_cause::signal);
    CHECK(desk.told() == 2);  // it was asked about again
}

TEST_CASE("a mistake in a file that changes is told when the change is over", "[app][reload]") {
    world desk;
    desk.subject.failed({"KURIR_MAX_HOPS: half"}, reload_cause::change);
    desk.subject.failed({"KURIR_MAX_HOPS: three quarters"}, reload_cause::change);
    CHECK(desk.logged.lines().empty());
    CHECK(desk.failing() == 0);
    SECTION("unless it is mended by then") {
        CHECK_FALSE(desk.subject.succeeded());
        desk.subject.settled();
        CHECK(desk.told() == 0);
    }
    SECTION("once") {
        desk.subject.settled();
        desk.subject.settled();
        REQUIRE(desk.logged.lines().size() == 1);
        CHECK_THAT(desk.logged.lines().back(), ContainsSubstring("three quarters"));
        CHECK(desk.told() == 1);
        desk.subject.failed({"KURIR_MAX_HOPS: three quarters"}, reload_cause::change);
        desk.subject.settled();
        CHECK(desk.told() == 1);
        desk.subject.failed({"KURIR_MAX_HOPS: other"}, reload_cause::change);
        CHECK(desk.subject.mistakes() == config::problems{"KURIR_MAX_HOPS: three quarters"});
        desk.subject.settled();
        CHECK(desk.told() == 2);
        CHECK(desk.subject.mistakes() == config::problems{"KURIR_MAX_HOPS: other"});
    }
}

TEST_CASE("a mistake is remembered until it is mended", "[app][reload]") {
    world desk;
    desk.subject.failed({"KURIR_MAX_HOPS: bad"}, reload_cause::signal);
    desk.subject.settled();
    CHECK(desk.told() == 1);
    CHECK(desk.subject.succeeded());
    CHECK(desk.failing() == 0);
    CHECK(desk.subject.mistakes().empty());
    desk.subject.failed({"KURIR_MAX_HOPS: bad"}, reload_cause::change);
    desk.subject.settled();
    CHECK(desk.told() == 2);  // the same again is a new one
}
