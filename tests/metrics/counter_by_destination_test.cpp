#include "metrics/counter_by_destination.hpp"

#include "metrics/metrics.hpp"
#include "tests/support/catch.hpp"

using namespace kurir;
using Catch::Matchers::ContainsSubstring;
using metrics::delivery_result;

TEST_CASE("top destinations: each has its own counters, all others share some", "[metrics]") {
    metrics::counter_by_destination attempts({"sample_total", "A sample."}, 2);
    for (int i = 0; i < 5; ++i) {
        attempts.count("a.example", delivery_result::delivered);
        attempts.count("b.example", delivery_result::deferred);
    }
    attempts.count("c.example", delivery_result::failed);
    attempts.count("other", delivery_result::failed);

    CHECK(attempts.value("a.example", delivery_result::delivered) == 5);
    CHECK(attempts.value("b.example", delivery_result::deferred) == 5);
    CHECK(attempts.value("c.example", delivery_result::failed) == 0);
    CHECK(attempts.value("other", delivery_result::failed) == 2);
}

TEST_CASE("top destinations: who takes a place over counts from zero", "[metrics]") {
    metrics::counter_by_destination attempts({"sample_total", "A sample."}, 1);
    for (int i = 0; i < 5; ++i)
        attempts.count("a.example", delivery_result::delivered);
    for (int i = 0; i < 12; ++i)
        attempts.count("b.example", delivery_result::delivered);

    CHECK(attempts.value("a.example", delivery_result::delivered) == 0);
    CHECK(attempts.value("other", delivery_result::delivered) == 9);
    CHECK(attempts.value("b.example", delivery_result::delivered) == 3);
}

TEST_CASE("top destinations: nobody is named unless that is wanted", "[metrics]") {
    metrics::all counts;
    counts.outbound.top_destination_attempts_total.count("a.example", delivery_result::delivered);
    const auto text = counts.exposition();
    CHECK(text.find("a.example") == std::string::npos);
    CHECK_THAT(
        text,
        ContainsSubstring(
            R"(kurir_top_destination_attempts_total{destination="other",result="delivered"} 1)"
        )
    );

    metrics::all named({.top_destinations = 20});
    named.outbound.top_destination_attempts_total.count("a.example", delivery_result::failed);
    CHECK_THAT(
        named.exposition(), ContainsSubstring(R"(destination="a.example",result="failed"} 1)")
    );
}

TEST_CASE("names of routes, listeners and users are bounded, and known at the start", "[metrics]") {
    metrics::all counts(
        {.listeners = {"submission"}, .routes = {"default", "ses"}, .users = {"ann"}}
    );
    const auto text = counts.exposition();
    for (const auto* sample :
         {R"(kurir_smtp_listener_messages_total{listener="submission"} 0)",
          R"(kurir_smtp_listener_rejects_total{listener="other"} 0)",
          R"(kurir_smtp_user_messages_total{user="ann"} 0)",
          R"(kurir_smtp_user_recipients_total{user="other"} 0)",
          R"(kurir_smtp_user_logins_total{outcome="wrong",user="ann"} 0)",
          R"(kurir_route_attempts_total{result="delivered",route="ses"} 0)"})
        CHECK_THAT(text, ContainsSubstring(sample));
}
