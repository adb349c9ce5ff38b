#include "relay/outbound/report_collector.hpp"

#include <memory>

#include "tests/support/catch.hpp"

using namespace kurir;
using namespace kurir::outbound;
using namespace std::chrono_literals;

namespace {

constexpr net::clock::time_point first_failure{1000s};

std::shared_ptr<const queue::stored_message> message_of(std::uint64_t id, std::size_t recipients) {
    auto message = std::make_shared<queue::stored_message>();
    message->mail.id = queue::message_id(id);
    message->mail.recipients.resize(recipients);
    return message;
}

failed_attempt failure(
    std::shared_ptr<const queue::stored_message> message, std::vector<std::uint32_t> recipients
) {
    failed_attempt failed;
    for (const auto each : recipients)
        failed.ended.fates.emplace_back().recipient = each;
    failed.ended.attempt.attempted.id = message->mail.id;
    failed.ended.attempt.attempted.recipients = std::move(recipients);
    failed.ended.attempt.message = std::move(message);
    return failed;
}

}  // namespace

TEST_CASE("R8 failures of one message wait for each other a few seconds", "[outbound][reports]") {
    report_collector reports;
    const auto message = message_of(1, 60);
    for (std::uint32_t i = 0; i < 30; ++i)
        CHECK_FALSE(reports.add(failure(message, {i}), first_failure + i * 10ms));

    REQUIRE(reports.next() == first_failure + report_collector::patience);
    CHECK(reports.due(first_failure + report_collector::patience - 1ms).empty());
    const auto due = reports.due(first_failure + report_collector::patience);
    REQUIRE(due.size() == 1);
    CHECK(due[0].size() == 30);
    CHECK_FALSE(reports.next());
    CHECK(reports.all().empty());
}

TEST_CASE("R8 a message all of whose recipients failed waits no longer", "[outbound][reports]") {
    report_collector reports;
    const auto message = message_of(1, 3);
    CHECK_FALSE(reports.add(failure(message, {0, 2}), first_failure));
    const auto report = reports.add(failure(message, {1}), first_failure);
    REQUIRE(report);
    CHECK(report->size() == 2);
    CHECK(reports.all().empty());
}

TEST_CASE("R8 messages are reported apart, and all of them at a stop", "[outbound][reports]") {
    report_collector reports;
    CHECK_FALSE(reports.add(failure(message_of(1, 2), {0}), first_failure));
    CHECK_FALSE(reports.add(failure(message_of(2, 2), {0}), first_failure + 1s));
    const auto first = reports.due(first_failure + report_collector::patience);
    REQUIRE(first.size() == 1);
    CHECK(first[0][0].ended.attempt.attempted.id == queue::message_id(1));
    CHECK(reports.all().size() == 1);
}

TEST_CASE("R8 what waits is bounded: the oldest is reported", "[outbound][reports]") {
    report_collector reports;
    std::uint64_t id = 1;
    for (; id <= report_collector::messages_max; ++id)
        CHECK_FALSE(reports.add(failure(message_of(id, 2), {0}), first_failure + id * 1ms));
    const auto report = reports.add(failure(message_of(id, 2), {0}), first_failure + id * 1ms);
    REQUIRE(report);
    CHECK(report->front().ended.attempt.attempted.id == queue::message_id(1));
    CHECK(reports.all().size() == report_collector::messages_max);
}
