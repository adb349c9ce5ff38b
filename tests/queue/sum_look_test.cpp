// What owners learn of the whole queue, for metrics.
#include "queue/postgres/sum_look.hpp"

#include "queue/age_classes.hpp"
#include "tests/queue/contract_cases.hpp"

using namespace tests;
using queue::age_class;
using queue::shared_sums;
using queue::store_totals;

namespace {

// At which the block of an id was taken.
queue::time_point time_of(queue::message_id id) {
    return queue::time_point(std::chrono::milliseconds(id.value() >> 20U));
}

// A queue, and somebody who looks at it.
class watched_queue {
public:
    watched_queue() : process_(queue_.open()), settings_(queue_.settings()) {
        settings_.observer.on_sums = [this](const shared_sums& sums) { told_.push_back(sums); };
        auto opened = postgres::connection::open(settings_);
        REQUIRE(opened.has_value());
        connection_ = std::move(*opened);
        take_new_ids();
    }

    void pass(std::chrono::milliseconds time) {
        queue_.pass(time);
        now_ += time;
        take_new_ids();
    }
    postgres_owner& owner() { return *process_; }
    void look(std::chrono::seconds at) {
        const auto done =
            look_.look(*connection_, process_->totals(), postgres::sum_look::time_point(1h + at));
        REQUIRE(done.has_value());
    }
    const std::vector<shared_sums>& told() const { return told_; }

private:
    // From a block that was taken by now: the store may be about to take one when the clock is set.
    void take_new_ids() {
        while (time_of(process_->store().allocate()) < now_)
            process_->store().look();
    }

    queue::time_point now_ = noon;
    postgres_queue queue_;
    std::unique_ptr<postgres_owner> process_;
    postgres::options settings_;
    std::unique_ptr<postgres::connection> connection_;
    postgres::sum_look look_{settings_};
    std::vector<shared_sums> told_;
};

void commit_due_later(owner& process, std::chrono::milliseconds time) {
    auto later = mail(process.store().allocate(), "body");
    later.deliveries[0].due = noon + time;
    REQUIRE(process.commit(std::move(later)));
}

}  // namespace

TEST_CASE("a class of age goes from one limit to the next", "[queue][sums]") {
    CHECK(age_class(-1ms) == 0);
    CHECK(age_class(0ms) == 0);
    CHECK(age_class(1min - 1ms) == 0);
    CHECK(age_class(1min) == 1);
    CHECK(age_class(5min) == 2);
    CHECK(age_class(72h - 1ms) == 5);
    CHECK(age_class(72h) == 6);
    CHECK(age_class(10'000h) == queue::age_classes - 1);
}

TEST_CASE("an empty queue has nothing to tell", "[queue][sums]") {
    watched_queue watched;
    watched.look(0s);
    REQUIRE(watched.told().size() == 1);
    const auto& sums = watched.told().back();
    CHECK(sums.totals == store_totals{});
    CHECK(sums.unclaimed == 0ms);
    CHECK(sums.oldest == 0ms);
    CHECK(std::ranges::count(sums.messages_by_age, 0U) == queue::age_classes);
}

TEST_CASE("mail counts whoever has it, and by its age", "[queue][sums]") {
    watched_queue watched;
    auto& process = watched.owner();
    for (int i = 0; i < 3; ++i)
        commit_due_later(process, 100h);
    watched.pass(2h);
    for (int i = 0; i < 2; ++i)
        commit_due_later(process, 100h);
    commit_one(process);  // claimed at once
    watched.pass(10min);
    commit_one(process);
    watched.look(0s);
    const auto sums = watched.told().back();
    CHECK(sums.totals == process.totals());
    CHECK(sums.totals.messages == 7);
    CHECK(sums.oldest == 2h + 10min);
    const std::array<std::uint64_t, queue::age_classes> expected{1, 0, 3, 3, 0, 0, 0};
    CHECK(sums.messages_by_age == expected);
}

TEST_CASE("mail that nobody takes is told with its time", "[queue][sums]") {
    watched_queue watched;
    auto& process = watched.owner();
    commit_due_later(process, 1h);
    commit_due_later(process, 2h);
    watched.look(0s);
    CHECK(watched.told().back().unclaimed == 0ms);  // not due
    watched.pass(1h + 3min);
    watched.look(10s);
    CHECK(watched.told().back().unclaimed == 3min);
    CHECK(process.claim(room) == 1);
    watched.look(20s);
    CHECK(watched.told().back().unclaimed == 0ms);
    process.die();
    watched.look(30s);
    CHECK(watched.told().back().unclaimed == 0ms);  // its lease has not ended
}

TEST_CASE("mail that a dead owner left is nobody's when its lease ends", "[queue][sums]") {
    postgres_queue shared;
    auto gone = shared.open();
    commit_one(*gone);
    gone->die();
    gone.reset();
    auto settings = shared.settings();
    shared_sums sums;
    settings.observer.on_sums = [&sums](const shared_sums& told) { sums = told; };
    auto opened = postgres::connection::open(settings);
    REQUIRE(opened.has_value());
    postgres::sum_look look(settings);
    shared.pass(postgres_queue::lease + 7s);
    REQUIRE(look.look(**opened, {}, postgres::sum_look::time_point(1h)).has_value());
    CHECK(sums.unclaimed == 7s);
}

TEST_CASE("it looks every ten seconds, and at ages every minute", "[queue][sums]") {
    watched_queue watched;
    watched.look(0s);
    commit_due_later(watched.owner(), 1h);
    watched.look(9s);
    CHECK(watched.told().size() == 1);
    watched.look(10s);
    REQUIRE(watched.told().size() == 2);
    CHECK(watched.told().back().totals.messages == 1);
    CHECK(watched.told().back().oldest == 0ms);
    watched.look(60s);
    REQUIRE(watched.told().size() == 3);
    CHECK(watched.told().back().oldest > 0ms);
    CHECK(watched.told().back().messages_by_age[0] == 1);
}

TEST_CASE("an id is no more than a minute older than its message", "[queue][sums]") {
    postgres_queue shared;
    const auto process = shared.open();
    auto opened = postgres::connection::open(shared.settings());
    REQUIRE(opened.has_value());
    postgres::id_blocks blocks;
    const postgres::id_blocks::time_point begin(1h);
    const auto refill = [&](std::chrono::seconds at) {
        REQUIRE(blocks.refill(**opened, 10s, begin + at).has_value());
    };
    const auto second_of = [](queue::message_id id) {
        return std::chrono::floor<std::chrono::seconds>(time_of(id));
    };
    refill(0s);
    CHECK(second_of(blocks.next()) == noon);
    shared.pass(10s);
    refill(1s);  // it was used
    CHECK(second_of(blocks.next()) == noon + 10s);
    refill(2s);
    shared.pass(1h);
    refill(61s);
    CHECK(second_of(blocks.next()) == noon + 10s);
    refill(62s);
    shared.pass(1h);
    refill(121s);
    refill(122s);  // unused for a minute
    CHECK(second_of(blocks.next()) == noon + 2h + 10s);
}
