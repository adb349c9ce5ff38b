// Records with items that this version does not know, or that lie.
#include "queue/items.hpp"

#include <string>
#include <vector>

#include "queue/codec.hpp"
#include "tests/queue/full_values.hpp"
#include "tests/queue/records.hpp"
#include "tests/support/catch.hpp"

using namespace kurir;
using namespace tests;

namespace {

constexpr queue::message_id record_id(77);

std::string item_bytes(std::uint64_t tag, std::string_view content) {
    std::string made;
    queue::field_writer fields(made);
    fields.number(tag);
    fields.text(content);
    return made;
}

queue::envelope small_envelope() {
    queue::envelope made;
    made.id = record_id;
    made.recipients = {{"a@example.com"}, {"b@example.com"}};
    return made;
}

queue::delivery small_delivery() {
    queue::delivery made;
    made.id = record_id;
    made.recipients = {0};
    return made;
}

// The record with more bytes in front of its checksum.
std::string with(std::string record, std::string_view more) {
    record.resize(record.size() - 4);
    record += more;
    queue::seal(record);
    return record;
}

queue::decode_error error_of(std::string_view items) {
    const auto read = queue::decode_envelope(record_id, with(record_of(small_envelope()), items));
    REQUIRE_FALSE(read.has_value());
    return read.error();
}

}  // namespace

TEST_CASE("an unknown optional item of an entry is written again in its place", "[queue][items]") {
    const auto early = item_bytes(20, "early");
    const auto between = item_bytes(36, std::string(300, 'x'));
    const auto late = item_bytes(1'000'000, "late");
    auto known = small_delivery();
    known.terms = queue::delivery_terms{.route = "ses", .require_tls = true};

    const auto route = item_bytes(32, "ses");
    const auto require_tls = item_bytes(41, "\x01");
    const auto record =
        with(record_of(small_delivery()), early + route + between + require_tls + late);
    const auto read = queue::decode_delivery(record_id, record);
    REQUIRE(read.has_value());
    CHECK(read->terms->route == "ses");
    CHECK(read->terms->require_tls);
    CHECK(read->terms->unknown_items == early + between + late);
    CHECK(record_of(*read) == record);
}

TEST_CASE("an unknown optional item of a recipient's state is written again", "[queue][items]") {
    queue::recipient_record tried;
    tried.state.index = 1;
    std::string record;
    encode(record_id, tried, record);
    record = with(record, item_bytes(70, "told"));
    const auto read = queue::decode_recipient(record_id, 1, record);
    REQUIRE(read.has_value());
    std::string again;
    encode(record_id, *read, again);
    CHECK(again == record);
}

TEST_CASE("an unknown optional item of an envelope changes nothing else", "[queue][items]") {
    auto full = small_envelope();
    fill_added_fields(full);
    CHECK(*queue::decode_envelope(record_id, with(record_of(full), item_bytes(90, "x"))) == full);

    const auto of_first = item_bytes(66, "\x02") + item_bytes(72, "later");
    const auto recipients = std::string(1, '\0') + static_cast<char>(of_first.size()) + of_first;
    auto notified = small_envelope();
    notified.recipients[0].dsn = queue::dsn_wishes{.notify = {.success = true}};
    const auto read = queue::decode_envelope(
        record_id, with(record_of(small_envelope()), item_bytes(6, recipients))
    );
    REQUIRE(read.has_value());
    CHECK(*read == notified);
}

TEST_CASE("an unknown required item refuses the record, by its number", "[queue][items]") {
    const auto unknown = item_bytes(91, "x");
    CHECK(error_of(unknown).code == queue::errc::newer);
    CHECK(error_of(unknown).text == "item 91 is of a later program");

    const auto of_entry =
        queue::decode_delivery(record_id, with(record_of(small_delivery()), unknown));
    REQUIRE_FALSE(of_entry.has_value());
    CHECK(of_entry.error().code == queue::errc::newer);

    const auto recipients = std::string(1, '\0') + static_cast<char>(unknown.size()) + unknown;
    CHECK(error_of(item_bytes(6, recipients)).text == "item 91 is of a later program");
}

TEST_CASE("values that only a later program can have written refuse as newer", "[queue][items]") {
    const auto newer = [](std::string_view items) {
        return error_of(items).code == queue::errc::newer;
    };
    const auto notify = [](char flags) { return item_bytes(6, std::string{0, 3, 66, 1, flags}); };
    CHECK(newer(item_bytes(4, "\x03")));
    CHECK(newer(notify(3)));
    CHECK(newer(notify(16)));
    CHECK(newer(item_bytes(39, std::string(8, '\0') + '\x04')));
    CHECK(newer(item_bytes(41, "\x02")));

    auto record = record_of(small_envelope());
    record.front() = 4;
    const auto read = queue::decode_envelope(record_id, with(record, ""));
    REQUIRE_FALSE(read.has_value());
    CHECK(read.error().code == queue::errc::newer);
    CHECK(read.error().text == "version 4 is of a later program");
}

TEST_CASE("items that lie are refused, and what is wrong is named", "[queue][items]") {
    struct row {
        std::string items;
        std::string text;
    };
    const auto in_recipients = [](std::string bytes) { return item_bytes(6, bytes); };
    const auto hash = std::string("\x01m\x01h", 4);
    const std::vector<row> rows{
        {item_bytes(2, "a") + item_bytes(2, "b"),
         "tag of an item is not greater than the one before"},
        {item_bytes(12, "a") + item_bytes(2, "b"),
         "tag of an item is not greater than the one before"},
        {item_bytes(0, "a"), "tag of an item is not greater than the one before"},
        {std::string("\xff\xff\xff\xff\x1f", 5), "tag of an item is too large"},
        {item_bytes(2, ""), "an item is empty"},
        {item_bytes(90, ""), "an item is empty"},
        {std::string(
             "\x02\x05"
             "abc",
             5
         ),
         "an item is longer than the record"},
        {std::string("\x02\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 11),
         "an item is longer than the record"},
        {std::string("\x02", 1), "length of an item is missing"},
        {item_bytes(2, std::string(101, 'e')), "ENVID is too long"},
        {item_bytes(4, "\x01\x01"), "an item is too long"},
        {item_bytes(9, std::string(65537, 'p')), "prefix is too long"},
        {item_bytes(10, std::string("\x21", 1) + std::string(33, 'm') + "\x01h"),
         "method of a body hash is too long"},
        {item_bytes(10, "\x01m"), "body hash is missing"},
        {item_bytes(10, hash + hash + hash + hash + hash + hash + hash + hash + hash),
         "body hashes are too many"},
        {item_bytes(12, std::string(129, 't')), "traceparent is too long"},
        {item_bytes(14, std::string(513, 't')), "tracestate is too long"},
        {item_bytes(16, std::string(256, 'l')), "listener is too long"},
        {item_bytes(18, std::string(256, 'i')), "idempotency key is too long"},
        {item_bytes(32, std::string(256, 'r')), "route is too long"},
        {item_bytes(34, std::string(256, 'c')), "credential is too long"},
        {item_bytes(37, "1234567"), "release time is missing"},
        {item_bytes(39, "12345678"), "deadline is missing"},
        {item_bytes(
             43,
             "12345678\x01"
             "a"
         ),
         "reason of the hold is missing"},
        {in_recipients(std::string{2, 3, 66, 1, 1}), "recipient with items does not exist"},
        {in_recipients(std::string{1, 3, 66, 1, 1, 0, 3, 66, 1, 1}),
         "recipient with items does not exist"},
        {in_recipients(std::string{0, 0}), "items of a recipient are empty"},
        {in_recipients(std::string{0, 9, 66, 1, 1}),
         "items of a recipient is longer than the record"},
        {in_recipients(std::string{0, 4, 66, 2, 1, 1}), "an item is too long"},
    };
    for (const auto& each : rows) {
        CAPTURE(each.text);
        const auto error = error_of(each.items);
        CHECK(error.text == each.text);
        CHECK(error.code == queue::errc::corrupt);
    }
}

TEST_CASE("what nobody knows is kept within bounds", "[queue][items]") {
    const auto fits = item_bytes(90, std::string(queue::longest::unknown - 5, 'x'));
    CHECK(queue::decode_delivery(record_id, with(record_of(small_delivery()), fits)).has_value());
    const auto read = queue::decode_delivery(
        record_id, with(record_of(small_delivery()), fits + item_bytes(92, "x"))
    );
    REQUIRE_FALSE(read.has_value());
    CHECK(read.error().text == "unknown items are too long");
}
