#include "queue/codec.hpp"

#include "tests/support/catch.hpp"

using namespace kurir;

namespace {

constexpr queue::message_id id(0x0123456789abcdef);
const queue::time_point noon{std::chrono::milliseconds(1'800'000'000'000)};

queue::envelope full_envelope() {
    return {
        .id = id,
        .reverse_path = "sender@example.org",
        .recipients = {"a@example.com", "\xc3\xa4@example.com"},
        .received_at = noon,
        .from = queue::origin::dsn,
        .size = 123456789012,
        .header_size = 512,
        .chunks = 7,
        .needs = {.eight_bit = true, .smtputf8 = true, .longest_line = 998},
        .client = "192.0.2.1",
        .session = "s1",
        .message_id_header = "<1@example.org>",
    };
}

queue::delivery full_delivery() {
    queue::delivery made;
    made.id = id;
    made.recipients = {0, 1, 5, 4'000'000'000};
    made.domain = "example.com";
    made.received_at = noon;
    made.attempts = 3;
    made.size = 99;
    made.sender = "192.0.2.0/24";
    made.priority = queue::priority::bulk;
    return made;
}

// As version 1 wrote it: without the priority, which is the last byte before the checksum.
std::string first_version_of(std::string record) {
    constexpr std::size_t behind = 1 + 4;
    record.front() = 1;
    record.resize(record.size() - behind);
    queue::seal(record);
    return record;
}

}  // namespace

TEST_CASE("records read back as they were written", "[queue][codec]") {
    std::string record;
    encode(full_envelope(), record);
    CHECK(*queue::decode_envelope(id, record) == full_envelope());

    encode(full_delivery(), record);
    CHECK(*queue::decode_delivery(id, record) == full_delivery());

    const queue::recipient_record tried{
        .finished = false,
        .state =
            {.index = 300,
             .attempts = 2,
             .last_attempt = noon,
             .status = "4.2.2",
             .diagnostic = "452 full",
             .remote = "mx.example.com"},
    };
    encode(id, tried, record);
    CHECK(*queue::decode_recipient(id, 300, record) == tried);

    queue::recipient_record finished{.finished = true, .state = {}};
    finished.state.index = 5;
    encode(id, finished, record);
    CHECK(*queue::decode_recipient(id, 5, record) == finished);

    queue::encode_numbers({1, 2, ~0ULL}, record);
    CHECK(*queue::decode_numbers(record, 3) == std::vector<std::uint64_t>{1, 2, ~0ULL});
    CHECK_FALSE(queue::decode_numbers(record, 2));
}

TEST_CASE("an entry of the first version reads back, of normal priority", "[queue][codec]") {
    std::string record;
    encode(full_delivery(), record);
    const auto read = queue::decode_delivery(id, first_version_of(record));
    REQUIRE(read.has_value());
    auto expected = full_delivery();
    expected.priority = queue::priority::normal;
    CHECK(*read == expected);

    record.front() = 3;
    record.resize(record.size() - 4);
    queue::seal(record);
    CHECK_FALSE(queue::decode_delivery(id, record).has_value());
}

TEST_CASE("a chunk is framed without being copied", "[queue][codec]") {
    const std::string bytes = GENERATE(as<std::string>(), "", "x", std::string(100'000, 'y'));
    const queue::chunk_frame frame(id, 3, bytes);
    std::string record(frame.head.begin(), frame.head.end());
    record += bytes;
    record.append(frame.tail.begin(), frame.tail.end());
    CHECK(*queue::decode_chunk(id, 3, record) == bytes);
    CHECK_FALSE(queue::decode_chunk(id, 4, record).has_value());
    CHECK_FALSE(queue::decode_chunk(queue::message_id(1), 3, record).has_value());
}

TEST_CASE("no record survives a changed, missing or added byte", "[queue][codec]") {
    std::string record;
    encode(full_envelope(), record);
    for (std::size_t i = 0; i < record.size(); ++i) {
        auto damaged = record;
        damaged[i] = static_cast<char>(damaged[i] ^ 0x04);
        CHECK_FALSE(queue::decode_envelope(id, damaged).has_value());
        CHECK_FALSE(queue::decode_envelope(id, record.substr(0, i)).has_value());
    }
    CHECK_FALSE(queue::decode_envelope(id, record + "x").has_value());
}

TEST_CASE("a record of another message is not taken for this one's", "[queue][codec]") {
    std::string record;
    encode(full_delivery(), record);
    CHECK_FALSE(queue::decode_delivery(queue::message_id(1), record).has_value());
}

TEST_CASE("fields that lie are refused even under a valid checksum", "[queue][codec]") {
    std::string record;
    encode(full_delivery(), record);
    record.resize(record.size() - 4);
    for (std::size_t i = 0; i < record.size(); ++i) {
        for (const int byte : {0x00, 0x7f, 0x80, 0xff}) {
            auto damaged = record;
            damaged[i] = static_cast<char>(byte);
            queue::seal(damaged);
            const auto read = queue::decode_delivery(id, damaged);
            if (!read.has_value()) continue;
            std::string again;
            encode(*read, again);
            if (damaged.front() == 1) again = first_version_of(again);
            CHECK(again == damaged);
        }
    }
}
