// The small pure parts: ids, keys, checksums, space, the cache.
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "queue/crc32c.hpp"
#include "queue/id_source.hpp"
#include "queue/recent_cache.hpp"
#include "queue/rocks/keys.hpp"
#include "queue/rocks/requests.hpp"
#include "queue/rocks/space.hpp"
#include "tests/queue/fixture.hpp"

using namespace kurir;
using namespace std::chrono_literals;
using tests::noon;

namespace {

// Bit by bit, as RFC 3720 B.4 defines it.
std::uint32_t crc32c_by_definition(std::string_view bytes) {
    std::uint32_t crc = ~0U;
    for (const char each : bytes) {
        crc ^= static_cast<unsigned char>(each);
        for (int bit = 0; bit < 8; ++bit)
            crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0x82f63b78U : 0U);
    }
    return ~crc;
}

queue::id_source source(queue::message_id floor = {}) {
    return {floor, queue::id_source::first_ceiling(floor, noon)};
}

std::shared_ptr<const queue::stored_message> message(std::uint64_t id, std::size_t size) {
    auto made = std::make_shared<queue::stored_message>();
    made->mail.id = queue::message_id(id);
    made->first_chunk = std::string(size, 'x');
    return made;
}

}  // namespace

TEST_CASE("an id as text is 13 digits that sort as ids do, and reads back", "[queue]") {
    const std::uint64_t value = GENERATE(0ULL, 1ULL, 31ULL, 32ULL, 1ULL << 63, ~0ULL);
    const queue::message_id id(value);
    CHECK(id.text().size() == 13);
    CHECK(queue::message_id::parse(id.text()) == id);
    if (value > 0) CHECK(queue::message_id(value - 1).text() < id.text());
}

TEST_CASE("what is no id is refused", "[queue]") {
    const std::string text = GENERATE(
        "",
        "0",
        "000000000000",
        "00000000000000",
        "G000000000000",
        "00000000000I0",
        "000000 000000",
        "00000000000U0"
    );
    CAPTURE(text);
    CHECK_FALSE(queue::message_id::parse(text));
}

TEST_CASE("an id in lower case is accepted", "[queue]") {
    const queue::message_id id(0x0123456789abcdef);
    std::string lower = id.text();
    for (char& c : lower)
        c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    CHECK(queue::message_id::parse(lower) == id);
}

TEST_CASE("Q022 ids ascend within a millisecond and when the clock goes back", "[queue]") {
    auto ids = source();
    auto last = ids.next(noon);
    CHECK(last.value() >> 20 == 1'800'000'000'000);
    for (const auto now : {noon, noon, noon - 24h * 3650, noon + 1ms, noon}) {
        const auto next = ids.next(now);
        CHECK(next > last);
        last = next;
    }
}

TEST_CASE("Q022 ids stay below the ceiling when the clock leaps ahead", "[queue]") {
    auto ids = source();
    const auto ceiling = queue::id_source::first_ceiling({}, noon);
    for (int i = 0; i < 1000; ++i)
        CHECK(ids.next(noon + 24h * 3650) < ceiling);

    const auto wanted = ids.wanted_ceiling(noon + 24h * 3650);
    REQUIRE(wanted);
    ids.raise(*wanted);
    CHECK(ids.next(noon + 24h * 3650).value() >> 20 == 1'800'000'000'000 + 315'360'000'000);
}

TEST_CASE("the ceiling is raised about twice an hour", "[queue]") {
    auto ids = source();
    CHECK_FALSE(ids.wanted_ceiling(noon));
    CHECK_FALSE(ids.wanted_ceiling(noon + 29min));
    CHECK(ids.wanted_ceiling(noon + 31min));
}

TEST_CASE("threads get different ids", "[queue]") {
    auto ids = source();
    std::vector<std::vector<queue::message_id>> given(4);
    std::vector<std::thread> threads;
    for (auto& mine : given) {
        threads.emplace_back([&ids, &mine] {
            for (int i = 0; i < 5000; ++i)
                mine.push_back(ids.next(noon));
        });
    }
    for (auto& each : threads)
        each.join();
    std::set<queue::message_id> all;
    for (const auto& mine : given)
        all.insert(mine.begin(), mine.end());
    CHECK(all.size() == 20000);
}

TEST_CASE("keys of the schedule sort by time, message and recipient", "[queue]") {
    const auto at = [](std::int64_t ms, std::uint64_t id, std::uint32_t recipient) {
        const queue::time_point due{std::chrono::milliseconds(ms)};
        return std::string(queue::key::of_schedule(due, queue::message_id(id), recipient).bytes());
    };
    CHECK(at(1, 9, 9) < at(256, 1, 1));
    CHECK(at(256, 1, 9) < at(256, 2, 0));
    CHECK(at(256, 2, 0) < at(256, 2, 300));
    CHECK(at(-5, 1, 0) < at(2, 1, 0));
    CHECK(at(-5, 1, 0) == at(1, 1, 0));

    const auto read = queue::parse_schedule_key(at(256, 2, 300));
    REQUIRE(read);
    CHECK(read->due.time_since_epoch().count() == 256);
    CHECK(read->id.value() == 2);
    CHECK(read->first_recipient == 300);
    CHECK_FALSE(queue::parse_schedule_key("short"));
    CHECK_FALSE(queue::parse_schedule_key(std::string(20, '\xff')));
}

TEST_CASE("the checksum is CRC-32C, whole and in parts", "[queue]") {
    CHECK(queue::crc32c("") == 0);
    CHECK(queue::crc32c("123456789") == 0xe3069283);
    CHECK(queue::crc32c("6789", queue::crc32c("12345")) == 0xe3069283);
    CHECK(queue::crc32c(std::string(32, '\0')) == 0x8a9136aa);  // RFC 3720 B.4
    std::string bytes;
    for (int i = 0; i < 600; ++i) {
        CHECK(queue::crc32c(bytes) == crc32c_by_definition(bytes));
        const auto half = std::string_view(bytes).substr(0, bytes.size() / 2);
        const auto rest = std::string_view(bytes).substr(half.size());
        CHECK(queue::crc32c(rest, queue::crc32c(half)) == queue::crc32c(bytes));
        bytes.push_back(static_cast<char>(i * 7));
    }
}

TEST_CASE("space is low below the limit and until there is a fifth more", "[queue]") {
    queue::space_watch watch(1000);
    CHECK_FALSE(watch.measured(1000));
    CHECK(watch.measured(999));
    CHECK_FALSE(watch.measured(1199));
    CHECK(watch.low());
    CHECK(watch.measured(1200));
    CHECK_FALSE(watch.low());
    CHECK(watch.ran_out());
    CHECK_FALSE(watch.ran_out());
}

TEST_CASE(
    "R7 room for removals is kept whatever the limit, and the reserve's while it is gone", "[queue]"
) {
    queue::space_watch watch(0, 100);
    CHECK_FALSE(watch.measured(100));
    CHECK(watch.measured(99));
    CHECK_FALSE(watch.measured(119));
    CHECK(watch.measured(120));
    // The reserve was given up: its room is not for mail.
    CHECK(watch.measured(199, false));
    CHECK_FALSE(watch.measured(219, false));
    CHECK(watch.measured(220, false));
    CHECK_FALSE(watch.low());

    queue::space_watch larger(1000, 100);
    CHECK(larger.measured(999));
    CHECK(larger.measured(1200));
    CHECK(larger.measured(1099, false));

    CHECK(queue::reserve_on(1ULL << 40, 64ULL << 20) == 64ULL << 20);
    CHECK(queue::reserve_on(100, 64ULL << 20) == 25);
}

TEST_CASE("what a folder takes of the disk counts everything in it", "[queue]") {
    const tests::temporary_directory home;
    std::filesystem::create_directories(home.path() / "db");
    const auto before = queue::bytes_on_disk(home.path());
    std::ofstream(home.path() / "db" / "000001.log") << std::string(1 << 20, 'x');
    std::ofstream(home.path() / "reserve") << std::string(1 << 19, 'x');
    const auto more = queue::bytes_on_disk(home.path()) - before;
    CHECK(more >= (1U << 20) + (1U << 19));
    CHECK(more < (1U << 21));
    CHECK(queue::bytes_on_disk(home.path() / "none") == 0);
}

TEST_CASE("the cache of recent messages gives way from the oldest", "[queue]") {
    queue::recent_cache recent(10'000);
    for (std::uint64_t id = 1; id <= 10; ++id)
        recent.put(message(id, 3000));
    CHECK(recent.bytes() <= 10'000);
    CHECK(recent.find(queue::message_id(1)) == nullptr);
    CHECK(recent.find(queue::message_id(10)));

    recent.put(message(11, 20'000));
    CHECK(recent.find(queue::message_id(11)) == nullptr);
    recent.drop(queue::message_id(10));
    CHECK(recent.find(queue::message_id(10)) == nullptr);
    for (std::uint64_t id = 1; id <= 10; ++id)
        recent.drop(queue::message_id(id));
    CHECK(recent.bytes() == 0);
}

TEST_CASE("a batch takes from the front what fits, and at least one", "[queue]") {
    std::vector<queue::append_request> waiting(4);
    for (auto& each : waiting)
        each.bytes = std::string(100, 'x');
    CHECK(queue::take_front(waiting, {.requests_max = 10, .bytes_max = 250}).size() == 2);
    CHECK(queue::take_front(waiting, {.requests_max = 10, .bytes_max = 1}).size() == 1);
    CHECK(queue::take_front(waiting, {}).size() == 1);
    CHECK(waiting.empty());
    CHECK(queue::take_front(waiting, {}).empty());
}
