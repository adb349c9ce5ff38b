#include "queue/codec.hpp"

#include "tests/queue/deliveries.hpp"
#include "tests/queue/full_values.hpp"
#include "tests/queue/records.hpp"
#include "tests/support/catch.hpp"

using namespace kurir;
using namespace tests;

namespace {

constexpr queue::message_id id(0x0123456789abcdef);

// As formats 1 and 2 know it.
queue::envelope early_envelope() {
    return {
        .id = id,
        .reverse_path = "sender@example.org",
        .recipients = {{"a@example.com"}, {"b@example.com"}, {"\xc3\xa4@example.com"}},
        .received_at = noon,
        .origin = queue::origin::dsn,
        .size = 123456789012,
        .header_size = 512,
        .chunks = 7,
        .needs = {.eight_bit = true, .smtputf8 = true, .longest_line = 998},
        .client = "192.0.2.1",
        .session = "s1",
        .message_id_header = "<1@example.org>",
    };
}

queue::envelope full_envelope() {
    auto made = early_envelope();
    fill_added_fields(made);
    return made;
}

queue::delivery early_delivery() {
    queue::delivery made;
    made.id = id;
    made.recipients = {0, 1, 5, 4'000'000'000};
    made.domain = "example.com";
    made.received_at = noon;
    made.attempts = 3;
    made.size = 99;
    made.tenant = "192.0.2.0/24";
    made.priority = queue::priority::bulk;
    return made;
}

queue::delivery full_delivery() {
    auto made = early_delivery();
    made.terms = full_terms();
    made.sender_domain = "shop.example";
    return made;
}

queue::recipient_record tried() {
    return {
        .finished = false,
        .state =
            {.index = 300,
             .attempts = 2,
             .last_attempt = noon,
             .status = "4.2.2",
             .diagnostic = "452 full",
             .remote = "mx.example.com"},
    };
}

// As an earlier version wrote it: with its number, and without the last bytes before the checksum.
std::string earlier(std::string record, char version, std::size_t without = 0) {
    record.front() = version;
    record.resize(record.size() - 4 - without);
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

    encode(id, tried(), record);
    CHECK(*queue::decode_recipient(id, 300, record) == tried());

    queue::recipient_record finished{.finished = true, .state = {}};
    finished.state.index = 5;
    encode(id, finished, record);
    CHECK(*queue::decode_recipient(id, 5, record) == finished);

    queue::encode_numbers({1, 2, ~0ULL}, record);
    CHECK(*queue::decode_numbers(record, 3) == std::vector<std::uint64_t>{1, 2, ~0ULL});
    CHECK_FALSE(queue::decode_numbers(record, 2));
}

// And what a message has not costs no byte: but for its version, the record is that of format 2.
TEST_CASE("records of earlier versions read back", "[queue][codec]") {
    const auto entry = record_of(early_delivery());
    CHECK(*queue::decode_delivery(id, earlier(entry, 2)) == early_delivery());
    auto without_priority = early_delivery();
    without_priority.priority = queue::priority::normal;
    CHECK(*queue::decode_delivery(id, earlier(entry, 1, 1)) == without_priority);

    CHECK(*queue::decode_envelope(id, earlier(record_of(early_envelope()), 1)) == early_envelope());

    std::string state;
    encode(id, tried(), state);
    CHECK(*queue::decode_recipient(id, 300, earlier(state, 1)) == tried());
}

TEST_CASE("each added field is stored, alone and beside the others", "[queue][codec]") {
    using change = void (*)(queue::envelope_extras&);
    const auto one_field = GENERATE(
        as<change>(),
        [](auto& extras) { extras.envid.assign(queue::longest::envid, 'e'); },
        [](auto& extras) { extras.ret = queue::dsn_return::full; },
        [](auto& extras) { extras.ret = queue::dsn_return::headers; },
        [](auto& extras) { extras.prefix.assign(queue::longest::prefix, 'p'); },
        [](auto& extras) { extras.body_hashes.assign(queue::longest::hashes, {"sha1", "\x01"}); },
        [](auto& extras) { extras.trace_parent.assign(queue::longest::trace_parent, 't'); },
        [](auto& extras) { extras.trace_state.assign(queue::longest::trace_state, 's'); },
        [](auto& extras) { extras.listener.assign(queue::longest::name, 'l'); },
        [](auto& extras) { extras.idempotency_key.assign(queue::longest::idempotency_key, 'i'); }
    );
    for (auto mail : {early_envelope(), full_envelope()}) {
        auto extras = *mail.extras;
        one_field(extras);
        mail.extras = extras;
        CHECK(mail.extras);
        CHECK(*queue::decode_envelope(id, record_of(mail)) == mail);
    }
}

TEST_CASE("what the sender wants of each recipient's DSNs is stored", "[queue][codec]") {
    const auto wishes = GENERATE(
        queue::dsn_wishes{.notify = {.never = true}},
        queue::dsn_wishes{.notify = {.success = true}},
        queue::dsn_wishes{.notify = {.failure = true, .delay = true}},
        queue::dsn_wishes{.original = std::string(queue::longest::original_recipient, 'o')},
        queue::dsn_wishes{.notify = {.delay = true}, .original = "rfc822;a@b"}
    );
    const auto position = GENERATE(std::size_t(0), std::size_t(1), std::size_t(2));
    for (auto mail : {early_envelope(), full_envelope()}) {
        mail.recipients[position].dsn = wishes;
        CHECK(*queue::decode_envelope(id, record_of(mail)) == mail);
    }
}

TEST_CASE("each of the terms is stored, with envelope and entry", "[queue][codec]") {
    queue::delivery_terms terms;
    const auto full = full_terms();
    SECTION("route") {
        terms.route.assign(queue::longest::name, 'r');
    }
    SECTION("credential") {
        terms.credential = full.credential;
    }
    SECTION("REQUIRETLS") {
        terms.require_tls = true;
    }
    SECTION("release") {
        terms.release_at = queue::calendar_time();
    }
    SECTION("deadline") {
        terms.deadline = queue::delivery_deadline();
    }
    SECTION("deadline with flags") {
        terms.deadline = full.deadline;
    }
    SECTION("hold") {
        terms.hold = queue::operator_hold();
    }
    SECTION("hold with texts") {
        terms.hold = full.hold;
    }
    SECTION("all") {
        terms = full;
    }
    CHECK(terms != queue::delivery_terms());

    auto entry = early_delivery();
    entry.terms = terms;
    CHECK(*queue::decode_delivery(id, record_of(entry)) == entry);
    auto mail = early_envelope();
    mail.terms = terms;
    CHECK(*queue::decode_envelope(id, record_of(mail)) == mail);
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

// What decodes is what encoding writes, or wrote: each byte of the record has one meaning.
TEST_CASE("fields that lie are refused even under a valid checksum", "[queue][codec]") {
    auto record = GENERATE(record_of(early_delivery()), record_of(full_delivery()));
    record.resize(record.size() - 4);
    for (std::size_t i = 0; i < record.size(); ++i) {
        for (int byte = 0; byte <= 0xff; ++byte) {
            auto damaged = record;
            damaged[i] = static_cast<char>(byte);
            queue::seal(damaged);
            const auto read = queue::decode_delivery(id, damaged);
            if (!read.has_value()) {
                CHECK_FALSE(read.error().text.empty());
                continue;
            }
            auto again = record_of(*read);
            if (damaged.front() == 1) again = earlier(again, 1, 1);
            if (damaged.front() == 2) again = earlier(again, 2);
            CHECK(again == damaged);
        }
    }
}
