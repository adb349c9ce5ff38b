// How the end of an attempt is written, by what became of it and what the store answers.
#include "relay/outbound/settle.hpp"

#include "relay/net/clock.hpp"
#include "tests/outbound/delivery_world.hpp"

using namespace kurir;
using namespace kurir::outbound;
using namespace tests;

namespace {

using positions = std::vector<std::uint32_t>;

verdict verdict_on(int code) {
    return judge(stage::eod, smtp::reply{.code = code, .status = {}, .lines = {"said"}});
}

struct settle_world : delivery_world {
    // An attempt of a message to as many recipients as there are codes, and one in another domain.
    finished_attempt ended(std::uint64_t number, const std::vector<int>& codes) {
        std::vector<std::string> addresses;
        for (std::size_t i = 0; i < codes.size(); ++i)
            addresses.push_back(std::to_string(i) + "@remote.test");
        finished_attempt made;
        made.attempted = store.put(number, addresses);
        store.put(number, {"user@other.test"});
        made.message = store.messages.at(made.attempted.id);
        for (std::size_t i = 0; i < codes.size(); ++i)
            made.verdicts.push_back({made.attempted.recipients[i], verdict_on(codes[i])});
        made.record.ended = net::wall_now();
        made.config = config.get();
        return made;
    }

    settle_result write(finished_attempt attempt) {
        return result_of([&] { return settle(setup.books, home, std::move(attempt), sink()); });
    }

    settle_result write_untried(queue::delivery part, verdict reason) {
        return result_of([&] {
            return settle_untried(
                setup.books, home, config.get(), std::move(part), std::move(reason), sink()
            );
        });
    }

    template <class Call>
    settle_result result_of(Call call) {
        std::optional<settle_result> result;
        context.restart();  // it may have run before
        run([&]() -> asio::awaitable<void> { result = co_await call(); });
        return *result;
    }

    failure_sink sink() {
        return [this](finished_attempt attempt, std::vector<recipient_fate> fates) {
            failures.push_back({std::move(attempt), std::move(fates)});
        };
    }

    double finished(metrics::finish_outcome outcome) {
        return metrics.queue.queue_finished_total(outcome).value();
    }

    std::vector<ended_attempt> failures;
};

}  // namespace

TEST_CASE("each recipient ends as its verdict says", "[settle]") {
    settle_world world;
    CHECK(world.write(world.ended(1, {250, 450, 550})) == settle_result::done);

    REQUIRE(world.store.settled.size() == 1);
    const auto& end = world.store.settled[0];
    CHECK(end.finished == positions{0});
    REQUIRE(end.unfinished.size() == 1);
    CHECK(end.unfinished[0].index == 1);
    CHECK(end.unfinished[0].attempts == 1);
    REQUIRE(end.again.size() == 1);
    CHECK(end.again[0].due >= world.store.messages.at(end.attempted.id)->mail.received_at + 5min);
    CHECK_FALSE(end.bounce);
    REQUIRE(world.failures.size() == 1);
    REQUIRE(world.failures[0].fates.size() == 1);
    CHECK(world.failures[0].fates[0].recipient == 2);
    CHECK(world.finished(metrics::finish_outcome::delivered) == 1);
    CHECK(world.finished(metrics::finish_outcome::bounced) == 0);
}

TEST_CASE("failures alone are written by whoever gathers them", "[settle]") {
    settle_world world;
    CHECK(world.write(world.ended(1, {550, 550})) == settle_result::done);
    CHECK(world.store.settled.empty());
    REQUIRE(world.failures.size() == 1);
    CHECK(world.failures[0].fates.size() == 2);

    std::vector<ended_attempt> all = world.failures;
    const auto result = world.result_of([&] {
        return settle_together(world.setup.books, world.home, std::move(all));
    });
    CHECK(result == settle_result::done);
    REQUIRE(world.store.settled.size() == 1);
    CHECK(world.store.settled[0].finished == positions{0, 1});
    CHECK(world.store.settled[0].bounce);
    CHECK(world.finished(metrics::finish_outcome::bounced) == 2);
}

TEST_CASE("what was not written is not counted as finished", "[settle]") {
    settle_world world;
    const auto error = GENERATE(queue::errc::lost, queue::errc::closed, queue::errc::failed);
    world.store.settle_error = error;
    const auto expected = error == queue::errc::lost ? settle_result::lost : settle_result::closed;
    CHECK(world.write(world.ended(1, {250, 550})) == expected);
    CHECK(world.failures.empty());
    CHECK(world.finished(metrics::finish_outcome::delivered) == 0);
    const auto& lost = world.metrics.queue.queue_claims_lost_total;
    CHECK(lost.value() == (error == queue::errc::lost ? 1 : 0));
}

TEST_CASE("a delivery that was not tried gets one verdict for all", "[settle]") {
    settle_world world;
    const auto part = world.store.put(1, {"a@remote.test", "b@remote.test"});
    SECTION("that defers them") {
        CHECK(world.write_untried(part, verdict_on(450)) == settle_result::done);
        REQUIRE(world.store.settled.size() == 1);
        CHECK(world.store.settled[0].again.at(0).recipients == positions{0, 1});
    }
    SECTION("that fails them") {
        world.store.put(1, {"user@other.test"});
        CHECK(world.write_untried(part, verdict_on(550)) == settle_result::done);
        REQUIRE(world.failures.size() == 1);
        CHECK(world.failures[0].fates.size() == 2);
    }
}

TEST_CASE(
    "a delivery whose message can't be read is forgotten, left alone, or unchanged", "[settle]"
) {
    const auto [error, forgotten, result] = GENERATE(table<queue::errc, bool, settle_result>({
        {queue::errc::not_found, true, settle_result::done},
        {queue::errc::corrupt, true, settle_result::done},
        {queue::errc::newer, false, settle_result::done},
        {queue::errc::failed, false, settle_result::closed},
        {queue::errc::closed, false, settle_result::closed},
    }));
    settle_world world;
    world.store.read_error = error;
    const auto part = world.store.put(1, {"a@remote.test", "b@remote.test"});
    CHECK(world.write_untried(part, verdict_on(450)) == result);
    CHECK(world.store.settled.size() == (forgotten ? 1 : 0));
    if (forgotten) CHECK(world.store.settled[0].finished == positions{0, 1});
    CHECK(world.failures.empty());
}
