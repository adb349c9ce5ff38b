#include "metrics/metrics.hpp"

#include <iostream>
#include <map>
#include <sstream>

#include "tests/support/catch.hpp"

using namespace kurir;
using Catch::Matchers::ContainsSubstring;

TEST_CASE("a table of counters has a series for each combination from the start", "[metrics]") {
    metrics::all metrics;

    const auto text = metrics.exposition();

    for (const auto* stage : {"connect", "helo", "mail", "rcpt", "data", "eod"}) {
        CAPTURE(stage);
        CHECK_THAT(
            text,
            ContainsSubstring(
                "kurir_smtp_rejects_total{reason=\"relay_denied\",stage=\"" + std::string(stage) +
                "\"} 0\n"
            )
        );
    }
}

TEST_CASE("an increment reaches the series of its labels and no other", "[metrics]") {
    metrics::all metrics;
    using enum metrics::reject_stage;

    metrics.inbound.smtp_rejects_total(rcpt, metrics::reject_reason::relay_denied).inc();
    metrics.inbound.smtp_rejects_total(eod, metrics::reject_reason::param).inc(2);

    const auto text = metrics.exposition();
    CHECK_THAT(
        text, ContainsSubstring("smtp_rejects_total{reason=\"relay_denied\",stage=\"rcpt\"} 1\n")
    );
    CHECK_THAT(text, ContainsSubstring("smtp_rejects_total{reason=\"param\",stage=\"eod\"} 2\n"));
    CHECK_THAT(
        text, ContainsSubstring("smtp_rejects_total{reason=\"relay_denied\",stage=\"data\"} 0\n")
    );
    CHECK_THAT(text, ContainsSubstring("smtp_rejects_total{reason=\"param\",stage=\"rcpt\"} 0\n"));
}

TEST_CASE("every combination of three labels is one series of its own", "[metrics]") {
    metrics::registry registry;
    using metrics::delivery_stage;
    using metrics::open_result;
    using metrics::queue_state;
    metrics::counter_by<delivery_stage, open_result, queue_state> table(
        registry, {"samples_total", "For this test."}
    );

    double expected = 0;
    for (auto a : {delivery_stage::dns, delivery_stage::rcpt, delivery_stage::eod}) {
        for (auto b : {open_result::ok, open_result::error}) {
            for (auto c : {queue_state::incoming, queue_state::deferred})
                table(a, b, c).inc(++expected);
        }
    }

    CHECK(table(delivery_stage::dns, open_result::ok, queue_state::incoming).value() == 1);
    CHECK(table(delivery_stage::eod, open_result::error, queue_state::deferred).value() == 12);
}

TEST_CASE("a histogram counts into its buckets and sums", "[metrics]") {
    metrics::all metrics;

    metrics.inbound.message_recipients.observe(1);
    metrics.inbound.message_recipients.observe(7);

    CHECK(metrics.inbound.message_recipients.count() == 2);
    CHECK(metrics.inbound.message_recipients.sum() == 8);
    CHECK_THAT(
        metrics.exposition(), ContainsSubstring("kurir_message_recipients_bucket{le=\"10\"} 2\n")
    );
}

TEST_CASE("a refresh function runs before each scrape until its registration ends", "[metrics]") {
    metrics::all metrics;
    int calls = 0;
    {
        auto first = metrics.on_scrape(metrics::collector::queue, [&] {
            metrics.queue.queue_size_bytes.set(++calls);
        });
        auto moved = std::move(first);
        CHECK_THAT(metrics.exposition(), ContainsSubstring("kurir_queue_size_bytes 1\n"));
        CHECK_THAT(metrics.exposition(), ContainsSubstring("kurir_queue_size_bytes 2\n"));
    }

    CHECK_THAT(metrics.exposition(), ContainsSubstring("kurir_queue_size_bytes 2\n"));
    CHECK(calls == 2);
}

TEST_CASE("the standard metrics of the process have plausible values", "[metrics][process]") {
    metrics::all metrics;
    std::istringstream lines(metrics.exposition());
    std::map<std::string, double> values;
    for (std::string line; std::getline(lines, line);) {
        if (!line.starts_with("process_")) continue;
        const auto space = line.find(' ');
        values[line.substr(0, space)] = std::stod(line.substr(space));
    }

    CHECK(values.size() == 8);
    CHECK(values["process_resident_memory_bytes"] > 1e6);
    CHECK(values["process_virtual_memory_bytes"] >= values["process_resident_memory_bytes"]);
    CHECK(values["process_virtual_memory_max_bytes"] >= values["process_virtual_memory_bytes"]);
    CHECK(values["process_open_fds"] >= 3);
    CHECK(values["process_max_fds"] >= values["process_open_fds"]);
    CHECK(values["process_threads"] >= 1);
    CHECK(values["process_cpu_seconds_total"] > 0);
    CHECK(values["process_start_time_seconds"] > 1.7e9);
}

TEST_CASE("the number of series stays bounded", "[metrics]") {
    metrics::all metrics;
    std::istringstream lines(metrics.exposition());
    std::size_t series = 0;
    for (std::string line; std::getline(lines, line);)
        series += line.starts_with('#') ? 0U : 1U;

    CHECK(series > 300);
    CHECK(series < 1600);
}

TEST_CASE("a reply's class and an enhanced code map to their labels", "[metrics][labels]") {
    CHECK(text(metrics::reply_class_of(250)) == "2");
    CHECK(text(metrics::reply_class_of(354)) == "3");
    CHECK(text(metrics::reply_class_of(421)) == "4");
    CHECK(text(metrics::reply_class_of(550)) == "5");
    CHECK(text(metrics::enhanced_code_of(4, 0)) == "4.0");
    CHECK(text(metrics::enhanced_code_of(4, 7)) == "4.7");
    CHECK(text(metrics::enhanced_code_of(5, 0)) == "5.0");
    CHECK(text(metrics::enhanced_code_of(5, 7)) == "5.7");
    CHECK(text(metrics::enhanced_code_of(5, 8)) == "none");
    CHECK(text(metrics::enhanced_code_of(2, 0)) == "none");
    CHECK(text(metrics::enhanced_code_of(0, -1)) == "none");
}

// Not a check: tests/metrics/tests.cmake pipes what this prints into promtool.
TEST_CASE("print the exposition", "[.print]") {
    metrics::all metrics;
    std::cout << metrics.exposition();
}
