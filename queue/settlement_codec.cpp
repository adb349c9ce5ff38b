#include "queue/settlement_codec.hpp"

#include "queue/codec.hpp"

namespace kurir::queue {

namespace {

constexpr std::uint8_t settlement_version = 1;

void put_numbers(field_writer& record, const std::vector<std::uint32_t>& numbers) {
    record.number(numbers.size());
    for (const auto each : numbers)
        record.number(each);
}

void put_delivery(field_writer& record, const delivery& each) {
    std::string bytes;
    encode(each, bytes);
    record.fixed(each.id.value());
    record.time(each.due);
    record.fixed(each.entry.number());
    record.number(each.entry.part());
    record.number(each.fence);
    record.text(bytes);
}

void put_deliveries(field_writer& record, const std::vector<delivery>& all) {
    record.number(all.size());
    for (const auto& each : all)
        put_delivery(record, each);
}

void put_states(field_writer& record, message_id id, const std::vector<recipient_state>& states) {
    std::string bytes;
    record.number(states.size());
    for (const auto& each : states) {
        encode(id, recipient_record{.state = each}, bytes);
        record.number(each.index);
        record.text(bytes);
    }
}

void put_submission(field_writer& record, const submission& message) {
    std::string bytes;
    encode(message.mail, bytes);
    record.fixed(message.mail.id.value());
    record.text(bytes);
    put_deliveries(record, message.deliveries);
    record.text(message.last_chunk);
    put_states(record, message.mail.id, message.states);
    record.number(message.names.size());
    for (const auto& each : message.names)
        record.text(each);
}

// Takes what an inner record says, or its error.
template <class T>
T taken(field_reader& record, decoded<T> inner) {
    if (inner) return std::move(*inner);
    record.fail(inner.error());
    return {};
}

std::vector<std::uint32_t> read_numbers(field_reader& record, const char* field) {
    std::vector<std::uint32_t> numbers(record.count(field));
    for (auto& each : numbers)
        each = record.number<std::uint32_t>(field);
    return numbers;
}

delivery read_delivery(field_reader& record) {
    const message_id id(record.fixed<std::uint64_t>("id of a delivery"));
    const auto due = record.time("time of a delivery");
    const auto number = record.fixed<std::uint64_t>("name of an entry");
    const auto part = record.number<std::uint32_t>("name of an entry");
    const auto fence = record.number<queue::fence>("claim of an entry");
    const auto bytes = record.text("delivery");
    if (!record.good()) return {};
    auto made = taken(record, decode_delivery(id, bytes));
    made.due = due;
    made.entry = entry_id(number, part);
    made.fence = fence;
    return made;
}

std::vector<delivery> read_deliveries(field_reader& record) {
    const auto count = record.count("number of deliveries");
    std::vector<delivery> all;
    for (std::size_t i = 0; i < count && record.good(); ++i)
        all.push_back(read_delivery(record));
    return all;
}

std::vector<recipient_state> read_states(field_reader& record, message_id id) {
    const auto count = record.count("number of states");
    std::vector<recipient_state> all;
    for (std::size_t i = 0; i < count && record.good(); ++i) {
        const auto index = record.number<std::uint32_t>("recipient");
        const auto bytes = record.text("state of a recipient");
        if (!record.good()) break;
        auto read = taken(record, decode_recipient(id, index, bytes));
        record.check(!read.finished, "state of a recipient", "is a mark");
        all.push_back(std::move(read.state));
    }
    return all;
}

submission read_submission(field_reader& record) {
    submission made;
    const message_id id(record.fixed<std::uint64_t>("id of a bounce"));
    const auto bytes = record.text("envelope");
    if (!record.good()) return made;
    made.mail = taken(record, decode_envelope(id, bytes));
    made.deliveries = read_deliveries(record);
    made.last_chunk = record.text("content");
    made.states = read_states(record, id);
    const auto names = record.count("number of names");
    for (std::size_t i = 0; i < names && record.good(); ++i)
        made.names.push_back(record.text("name of a message", longest::submission_name));
    return made;
}

bool read_flag(field_reader& record, const char* field) {
    const auto value = record.byte(field);
    record.know(value <= 1, field);
    return value == 1;
}

}  // namespace

void encode(const settlement& end, std::string& out) {
    out.clear();
    field_writer record(out);
    record.byte(settlement_version);
    put_delivery(record, end.attempted);
    put_deliveries(record, end.others);
    put_numbers(record, end.finished);
    put_states(record, end.attempted.id, end.unfinished);
    put_deliveries(record, end.again);
    record.byte(end.withheld ? 1 : 0);
    if (end.withheld) put_delivery(record, *end.withheld);
    record.byte(end.bounce ? 1 : 0);
    if (end.bounce) put_submission(record, *end.bounce);
    record.byte(end.event ? 1 : 0);
    if (end.event) record.text(*end.event);
    seal(out);
}

decoded<settlement> decode_settlement(std::string_view bytes) {
    record_reader record(bytes, settlement_version);
    settlement end;
    end.attempted = read_delivery(record);
    end.others = read_deliveries(record);
    end.finished = read_numbers(record, "finished recipient");
    end.unfinished = read_states(record, end.attempted.id);
    end.again = read_deliveries(record);
    if (read_flag(record, "withheld")) end.withheld = read_delivery(record);
    if (read_flag(record, "bounce")) end.bounce = read_submission(record);
    if (read_flag(record, "event")) end.event = record.text("event");
    record.end("end of an attempt");
    if (!record.good()) return record.error();
    return end;
}

}  // namespace kurir::queue
