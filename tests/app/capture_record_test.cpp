// From when the lifetime of mail counts after KURIR_CAPTURE, and how the relay shows staging.
#include "relay/app/capture_record.hpp"

#include <unistd.h>

#include <chrono>
#include <filesystem>

#include "relay/app/staging_checks.hpp"
#include "tests/support/catch.hpp"

using namespace kurir;
using namespace kurir::app;
using namespace std::chrono_literals;

namespace {

constexpr queue::time_point now{std::chrono::seconds{1'800'000'000}};

}  // namespace

TEST_CASE("lifetimes count from the first start after capturing", "[app][staging]") {
    CHECK(lifetimes_after(std::nullopt, now) == queue::time_point());
    CHECK(lifetimes_after("on\n", now) == now);
    // The second start finds what the first one wrote.
    CHECK(lifetimes_after(capture_record_of(now), now + 1h) == now);
}

TEST_CASE("a record that can't be understood means that mail was kept", "[app][staging]") {
    const auto text = GENERATE(
        as<std::string>(),
        "",
        "o",
        "until ",
        "until \n",
        "until 17",
        "until 1799999999999x\n",
        "until 99999999999999999999999\n",
        "until 1800000000001\n",  // a time to come would keep mail for as long
        "UNTIL 1799999999999\n"
    );
    CAPTURE(text);
    CHECK(lifetimes_after(text, now) == now);
    CHECK(lifetimes_after("until 1799999999999\n", now) == now - 1ms);
}

TEST_CASE("the record is kept in the queue folder over starts", "[app][staging]") {
    const auto folder =
        std::filesystem::temp_directory_path() / ("kurir-capture-" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder);
    config::config settings;
    settings.queue_dir = folder;

    REQUIRE(keep_capture_record(settings));
    CHECK(std::filesystem::is_empty(folder));  // nothing was captured ever

    settings.capture = true;
    settings.lifetimes_from = lifetimes_from(settings, now);
    CHECK(settings.lifetimes_from == queue::time_point());
    REQUIRE(keep_capture_record(settings));

    settings.capture = false;
    settings.lifetimes_from = lifetimes_from(settings, now + 1h);
    CHECK(settings.lifetimes_from == now + 1h);
    REQUIRE(keep_capture_record(settings));
    CHECK(lifetimes_from(settings, now + 48h) == now + 1h);

    std::filesystem::remove_all(folder);
    CHECK(lifetimes_from(settings, now + 48h) == queue::time_point());
    settings.capture = true;
    CHECK_FALSE(keep_capture_record(settings));
}

TEST_CASE("staging shows itself, and mail is accepted all the same", "[app][staging]") {
    config::config settings;
    CHECK(staging_checks(settings).empty());
    settings.capture = true;
    settings.redirect_all_to = "qa@stage.example";
    const auto checks = staging_checks(settings);
    REQUIRE(checks.size() == 2);
    CHECK(admin::is_ready(checks));
    for (const auto& each : checks)
        CHECK_FALSE((each.ok || each.detail.empty()));
}
