#include "relay/control/suspension_file.hpp"

#include <string>

#include "tests/support/catch.hpp"

using namespace kurir;
using namespace std::chrono_literals;
using control::read_suspension;
using control::read_suspension_record;
using control::suspension_record;
using control::text_of;

namespace {

suspension_record two_suspensions() {
    return {
        .last = 9,
        .all =
            {
                {.number = 4,
                 .subject = outbound::suspension_subject::destination,
                 .pattern = "mx.\"odd\"*",
                 .operator_name = "ann",
                 .reason = "they asked",
                 .since = queue::calendar_time(1234ms),
                 .until = queue::calendar_time(1'900'000'000'000ms)},
                {.number = 9,
                 .subject = outbound::suspension_subject::tenant,
                 .pattern = "10.*",
                 .operator_name = "bob"},
            },
    };
}

}  // namespace

TEST_CASE("what was suspended is read as it was written", "[control][suspension]") {
    const auto record = two_suspensions();
    CHECK(read_suspension_record(text_of(record)) == record);
    CHECK(read_suspension_record(text_of(suspension_record{})) == suspension_record{});
}

TEST_CASE("one suspension goes to other relays as it is", "[control][suspension]") {
    const auto suspension = two_suspensions().all.front();
    const auto text = text_of(suspension);
    CHECK(read_suspension(text) == suspension);
    CHECK_FALSE(read_suspension(""));
    CHECK_FALSE(read_suspension("[]"));
    CHECK_FALSE(read_suspension(text.substr(0, text.size() - 1)));
    // What would not come back out of the file that it is kept in.
    auto other = suspension;
    other.until = queue::calendar_time(queue::calendar_time::duration::max());
    CHECK_FALSE(read_suspension(text_of(other)));
    other = suspension;
    other.since = queue::calendar_time(-1ms);
    CHECK_FALSE(read_suspension(text_of(other)));
    auto below_zero = text;
    CHECK_FALSE(read_suspension(below_zero.replace(below_zero.find("\"number\":") + 9, 0, "-")));
}

TEST_CASE("what is no file of suspensions is not taken for one", "[control][suspension]") {
    const auto good = text_of(two_suspensions());
    CHECK_FALSE(read_suspension_record(""));
    CHECK_FALSE(read_suspension_record("[]"));
    CHECK_FALSE(read_suspension_record("{}"));
    for (std::size_t size = 0; size + 2 < good.size(); ++size)
        CHECK_FALSE(read_suspension_record(good.substr(0, size)));
    const auto changed = [&good](const std::string& part, const std::string& other) {
        auto text = good;
        return text.replace(text.find(part), part.size(), other);
    };
    CHECK_FALSE(read_suspension_record(changed("\"version\":1", "\"version\":2")));
    CHECK_FALSE(read_suspension_record(changed("\"tenant\"", "\"planet\"")));
    CHECK_FALSE(read_suspension_record(changed("\"last\":9", "\"last\":8")));
    CHECK_FALSE(read_suspension_record(changed("\"pattern\":\"10.*\"", "\"pattern\":\"\"")));
    CHECK_FALSE(read_suspension_record(changed("\"by\":\"bob\"", "\"by\":[]")));
}
