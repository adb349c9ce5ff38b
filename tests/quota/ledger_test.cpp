// Limits of accounts in virtual time, and that they survive a restart.
#include "relay/quota/ledger.hpp"

#include <chrono>
#include <string>
#include <vector>

#include "queue/crc32c.hpp"
#include "relay/quota/record.hpp"
#include "tests/quota/start.hpp"
#include "tests/support/catch.hpp"

using namespace kurir;
using namespace kurir::quota;
using namespace std::chrono_literals;
using testing::start;

namespace {

// How many of `wanted` messages are sent at `now`.
int sent(ledger& counts, const limits& limits, int wanted, time_point now, const char* name = "a") {
    int done = 0;
    for (int i = 0; i < wanted; ++i) {
        taken message;
        if (counts.look(name, limits, now)) continue;
        if (!counts.take(name, limits, {}, now, message)) ++done;
    }
    return done;
}

std::vector<recipient_hash> recipients(int first, int count) {
    std::vector<recipient_hash> all;
    for (int number = first; number < first + count; ++number)
        all.push_back(hash_of("u" + std::to_string(number) + "@a.example"));
    return all;
}

// A week in which it sends 20 messages in each hour; returns the time at its end.
time_point after_a_usual_week(ledger& counts, const limits& limits) {
    for (int hour = 0; hour < 7 * 24; ++hour)
        CHECK(sent(counts, limits, 20, start + hour * 1h) == 20);
    return start + 7 * 24h + 30min;
}

}  // namespace

TEST_CASE("several rates hold at a time, for each account alone", "[quota]") {
    const std::vector<config::rate> rates{{10, 1min}, {15, 24h}};
    const limits limits{.messages = rates};
    ledger counts;
    CHECK(sent(counts, limits, 20, start) == 10);
    CHECK(sent(counts, limits, 20, start + 30s) == 0);
    CHECK(sent(counts, limits, 20, start, "b") == 10);
    CHECK(sent(counts, limits, 20, start + 2min) == 5);
    const auto over = counts.look("a", limits, start + 2min);
    REQUIRE(over);
    CHECK(over->brake == brake::messages);
    CHECK(over->wait > 23h);
    CHECK(counts.look("a", limits, start + 2min + over->wait) == std::nullopt);
    CHECK(sent(counts, limits, 20, start + 2min + over->wait) > 0);
}

TEST_CASE("sessions that begin at a time don't exceed a limit together", "[quota]") {
    const std::vector<config::rate> rates{{1, 1h}};
    const limits limits{.messages = rates};
    ledger counts;
    CHECK_FALSE(counts.look("a", limits, start));
    CHECK_FALSE(counts.look("a", limits, start));
    taken first;
    taken second;
    CHECK_FALSE(counts.take("a", limits, {}, start, first));
    CHECK(counts.take("a", limits, {}, start, second)->brake == brake::messages);
    counts.give_back(first);
    CHECK_FALSE(counts.take("a", limits, {}, start, second));
}

TEST_CASE("different recipients are limited, known ones are not", "[quota]") {
    const config::rate limit{100, 24h};
    const limits limits{.recipients = limit};
    ledger counts;
    using answer = ledger::answer;
    const auto another = recipients(500, 1)[0];
    CHECK(counts.look("a", limit, another, 99, start) == answer::fresh);
    CHECK(counts.look("a", limit, another, 100, start) == answer::too_many);

    taken message;
    CHECK_FALSE(counts.take("a", limits, recipients(0, 90), start, message));
    CHECK_FALSE(counts.take("a", limits, recipients(0, 90), start, message));
    CHECK(counts.take("a", limits, recipients(80, 21), start, message)->brake == brake::recipients);
    CHECK(counts.look("a", limit, recipients(89, 1)[0], 10, start) == answer::known);
    CHECK(counts.look("a", limit, another, 9, start) == answer::fresh);
    CHECK(counts.look("a", limit, another, 10, start) == answer::too_many);
    CHECK(counts.look("b", limit, another, 10, start) == answer::fresh);

    CHECK_FALSE(counts.take("a", limits, recipients(80, 20), start, message));
    CHECK(counts.look("a", limit, another, 0, start) == answer::too_many);
    counts.give_back(message);
    CHECK(counts.look("a", limit, another, 9, start) == answer::fresh);
    CHECK(counts.look("a", limit, another, 0, start + 26h) == answer::fresh);
}

TEST_CASE("recipients that were given back leave room for others", "[quota]") {
    const config::rate high{2 * ledger::recipients_max, 24h};
    const config::rate low{1, 24h};
    const auto too_many = recipients(0, static_cast<int>(ledger::recipients_max) + 1);
    const auto another = recipients(-1, 1);
    ledger counts;
    taken message;
    CHECK_FALSE(counts.take("a", {.recipients = high}, too_many, start, message));
    taken uncounted;
    CHECK_FALSE(counts.take("b", {.recipients = low}, another, start, uncounted));
    CHECK(counts.look("b", low, another[0], 0, start) == ledger::answer::fresh);

    counts.give_back(message);
    counts.give_back(message);
    CHECK_FALSE(counts.take("b", {.recipients = low}, another, start, uncounted));
    CHECK(counts.look("b", low, another[0], 0, start) == ledger::answer::known);
}

TEST_CASE("a client that sends ten times more than usual is stopped until it falls", "[quota]") {
    const limits limits{.runaway = 10};
    ledger counts;
    const time_point now = after_a_usual_week(counts, limits);
    CHECK(sent(counts, limits, 200, now) == 200);
    const auto over = counts.look("a", limits, now);
    REQUIRE(over);
    CHECK(over->brake == brake::runaway);
    CHECK(over->begins);
    CHECK(over->usual == 20);
    CHECK(over->sent == 200);
    CHECK_FALSE(counts.look("a", limits, now)->begins);
    CHECK(counts.look_through(now).stopped == 1);
    CHECK(counts.look_through(now).released.empty());

    // It goes on asking: it stays stopped.
    CHECK(sent(counts, limits, 300, now + 40min) == 0);
    CHECK(sent(counts, limits, 1, now + 90min) == 0);
    const auto later = counts.look_through(now + 3h);
    CHECK(later.released == std::vector<std::string>{"a"});
    CHECK(later.stopped == 0);
    // What it sent did not become usual.
    CHECK(sent(counts, limits, 300, now + 5h) == 200);
}

TEST_CASE("a runaway is released by the limit's end, and by a session that asks less", "[quota]") {
    const limits limits{.runaway = 10};
    ledger counts;
    const time_point now = after_a_usual_week(counts, limits);
    CHECK(sent(counts, limits, 300, now) == 200);
    SECTION("off") {
        CHECK_FALSE(counts.look("a", {.runaway = 0}, now));
        CHECK(counts.look_through(now).released == std::vector<std::string>{"a"});
    }
    SECTION("a higher factor") {
        CHECK_FALSE(counts.look("a", {.runaway = 30}, now));
        CHECK(counts.look_through(now).released == std::vector<std::string>{"a"});
    }
    SECTION("it fell") {
        CHECK_FALSE(counts.look("a", limits, now + 2h));
        CHECK(counts.look_through(now + 2h).released == std::vector<std::string>{"a"});
    }
}

TEST_CASE("no runaway under the floor, in the first day, or in a usual burst", "[quota]") {
    const limits limits{.runaway = 2};
    ledger counts;
    CHECK(sent(counts, limits, 5000, start) == 5000);
    CHECK(sent(counts, limits, 5000, start + 23h) == 5000);
    // The same newsletter each day.
    for (int day = 1; day < 10; ++day)
        CHECK(sent(counts, limits, 5000, start + 23h + day * 24h) == 5000);

    CHECK(sent(counts, limits, 1, start, "quiet") == 1);
    CHECK(sent(counts, limits, 99, start + 48h, "quiet") == 99);
    CHECK(sent(counts, limits, 99, start + 50h, "quiet") == 99);
    CHECK_FALSE(counts.look("quiet", limits, start + 50h));
    CHECK(sent(counts, limits, 500, start + 96h, "quiet") == 198);
}

TEST_CASE("all counts survive a restart", "[quota]") {
    const std::vector<config::rate> rates{{5, 24h}};
    const config::rate different{3, 24h};
    const limits limited{.messages = rates, .recipients = different};
    const limits braked{.runaway = 10};
    ledger before;
    const time_point now = after_a_usual_week(before, braked);
    CHECK(sent(before, braked, 300, now) == 200);
    taken message;
    CHECK_FALSE(before.take("user:b c%", limited, recipients(0, 3), now, message));
    CHECK(sent(before, limited, 2, now, "user:b c%") == 2);
    const auto text = before.changes(now);
    REQUIRE(text);
    CHECK_FALSE(before.changes(now));
    before.changes_lost();
    CHECK(before.changes(now));

    ledger after;
    REQUIRE(after.restore(*text));
    CHECK(after.size() == 2);
    CHECK(after.look_through(now).stopped == 1);
    CHECK(after.look("a", braked, now)->brake == brake::runaway);
    CHECK(sent(after, limited, 5, now, "user:b c%") == 2);
    const auto known = after.look("user:b c%", different, recipients(2, 1)[0], 0, now);
    CHECK(known == ledger::answer::known);
    const auto one_more = after.look("user:b c%", different, recipients(3, 1)[0], 0, now);
    CHECK(one_more == ledger::answer::too_many);
    CHECK(after.changes(now).has_value());
    // What is usual is known, too.
    CHECK_FALSE(after.look("a", braked, now + 3h));
    CHECK(sent(after, braked, 300, now + 5h) == 200);
}

TEST_CASE("a damaged record is not taken, not even in part", "[quota]") {
    const std::vector<config::rate> rates{{5, 24h}};
    const limits limits{.messages = rates};
    ledger counts;
    CHECK(sent(counts, limits, 3, start) == 3);
    const auto text = counts.changes(start).value();
    for (std::size_t at = 0; at < text.size(); ++at) {
        auto changed = text;
        changed[at] = static_cast<char>(changed[at] ^ 1);
        CHECK_FALSE(read_record(changed));
        CHECK_FALSE(read_record(std::string_view(text).substr(0, at)));
    }
    CHECK_FALSE(read_record(text + "\n"));
    CHECK_FALSE(counts.restore("kurir-quotas 1\n"));
    CHECK(sent(counts, limits, 9, start) == 5);
}

TEST_CASE("lines that no record has are not taken, whatever the checksum says", "[quota]") {
    const auto with_sum = [](std::string text) {
        text = "kurir-quotas 1\n" + text;
        char sum[16];
        std::snprintf(sum, sizeof sum, "end %08x\n", kurir::queue::crc32c(text));
        return read_record(text + sum).has_value();
    };
    CHECK(with_sum(""));
    CHECK(with_sum("account a\nmessages 60000 5:1 6:2\n"));
    for (const auto* text : {
             "messages 60000 5:1\n",
             "account a\naccount a\n",
             "account a b\n",
             "account %4\n",
             "account %41\n",
             "account a\nmessages 60000 5:0\n",
             "account a\nmessages 60000 6:1 5:1\n",
             "account a\nmessages 0 5:1\n",
             "account a\nmessages 86400001 5:1\n",
             "account a\nmessages 60000 99999999999999:1\n",
             "account a\nmessages 60000 5:99999999999\n",
             "account a\nrecipients 60000 5 xyz\n",
             "account a\nusual x\n",
             "account a\nstopped\n",
             "account a\nother 1\n",
         }) {
        CAPTURE(text);
        CHECK_FALSE(with_sum(text));
    }
}

TEST_CASE("accounts are bounded: the one that was used longest ago is forgotten", "[quota]") {
    const std::vector<config::rate> rates{{1, 24h}};
    const limits limits{.messages = rates};
    ledger counts;
    for (std::size_t number = 0; number < ledger::accounts_max + 10; ++number) {
        const auto name = std::to_string(number);
        CHECK(sent(counts, limits, 2, start + number * 1s, name.c_str()) == 1);
    }
    CHECK(counts.size() == ledger::accounts_max);
    const time_point now = start + (ledger::accounts_max + 20) * 1s;
    CHECK(sent(counts, limits, 1, now, "100") == 0);
    CHECK(sent(counts, limits, 1, now, "3") == 1);
    counts.look_through(now + 48h);
    CHECK(counts.size() == 0);
}
