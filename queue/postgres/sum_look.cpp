#include "queue/postgres/sum_look.hpp"

#include <algorithm>
#include <cstdint>
#include <vector>

#include "queue/claim_lanes.hpp"
#include "queue/postgres/statements.hpp"
#include "queue/postgres/sum_statements.hpp"

namespace kurir::queue::postgres {

using std::chrono::milliseconds;
using namespace std::chrono_literals;

namespace {

constexpr auto look_interval = 10s;
constexpr auto age_interval = 60s;  // counting reads up to `counted_by_age_max` of each class
// Beyond all ages: ids of the block in use may be of the next millisecond.
constexpr milliseconds longest_ago = std::chrono::days(36500);
constexpr milliseconds yet_to_come = 1h;

}  // namespace

answer<void> sum_look::look(connection& database, const store_totals& totals, time_point now) {
    if (now - looked_at_ < look_interval) return {};
    looked_at_ = now;
    database.add(sql::begin);
    database.add(sql::briefly);
    database.add(sql::longest_unclaimed, parameters().number(static_cast<std::int64_t>(lanes)));
    database.add(sql::commit);
    const auto answers = database.run(settings_.patience);
    if (!answers) return answers.error();
    sums_.totals = totals;
    sums_.unclaimed = milliseconds(answers->at(2).number(0, 0));
    if (now - aged_at_ >= age_interval) {
        aged_at_ = now;
        if (auto done = look_at_ages(database); !done) return done;
    }
    auto told = sums_;
    if (told.oldest > 0ms) told.oldest += std::chrono::floor<milliseconds>(now - aged_at_);
    settings_.observer.on_sums(told);
    return {};
}

answer<void> sum_look::look_at_ages(connection& database) {
    std::vector<std::int64_t> oldest;
    std::vector<std::int64_t> youngest{-yet_to_come.count()};
    for (const auto limit : age_limits) {
        oldest.push_back(limit.count());
        youngest.push_back(limit.count());
    }
    oldest.push_back(longest_ago.count());
    database.add(sql::begin);
    database.add(sql::briefly);
    database.add(sql::oldest_message);
    database.add(
        sql::messages_by_age,
        parameters().numbers(oldest).numbers(youngest).number(counted_by_age_max)
    );
    database.add(sql::commit);
    const auto answers = database.run(settings_.patience);
    if (!answers) return answers.error();
    sums_.oldest = milliseconds(answers->at(2).number(0, 0));
    const auto& counts = answers->at(3);
    for (std::size_t i = 0; i < std::min(counts.size(), age_classes); ++i)
        sums_.messages_by_age.at(i) = static_cast<std::uint64_t>(counts.number(i, 0));
    return {};
}

}  // namespace kurir::queue::postgres
