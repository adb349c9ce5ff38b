#include "queue/codec.hpp"

#include <limits>

#include "queue/crc32c.hpp"
#include "queue/items.hpp"
#include "queue/terms_codec.hpp"

namespace kurir::queue {

namespace {

// A kind of record has the version of the format in which its layout changed last.
constexpr std::uint8_t first_version = 1;
constexpr std::uint8_t with_priority = 2;  // `delivery` only
constexpr std::uint8_t entry_with_items = 3;

enum recipient_kind : std::uint8_t { tried = 1, finished = 2 };

field_writer begin(std::string& out, message_id id, std::uint8_t version) {
    out.clear();
    field_writer record(out);
    record.byte(version);
    record.fixed(id.value());
    return record;
}

void read_recipients(record_reader& record, std::vector<std::uint32_t>& recipients) {
    const auto count = record.count("number of recipients");
    record.check(count > 0, "number of recipients", "is zero");
    recipients.reserve(count);
    std::uint64_t next = 0;
    for (std::size_t i = 0; i < count && record.good(); ++i) {
        next += record.number<std::uint32_t>("a recipient");
        record.check(
            next < std::numeric_limits<std::uint32_t>::max(), "a recipient", "is too large"
        );
        recipients.push_back(static_cast<std::uint32_t>(next++));
    }
}

void read_delivery_items(record_reader& record, delivery& waiting) {
    delivery_terms terms;
    read_items(record, &terms.unknown_items, [&](item tag, field_reader& content) {
        if (tag != item::sender_domain) return take_terms_item(tag, content, terms);
        waiting.sender_domain = content.rest("domain of the sender", longest::name);
        return true;
    });
    waiting.terms = std::move(terms);
}

}  // namespace

void encode(const delivery& waiting, std::string& out) {
    auto record = begin(out, waiting.id, entry_with_items);
    record.time(waiting.received_at);
    record.number(waiting.attempts);
    record.number(waiting.size);
    record.text(waiting.domain);
    record.text(waiting.tenant);
    record.number(waiting.recipients.size());
    std::uint32_t next = 0;  // ascending: the gaps are small numbers
    for (const auto recipient : waiting.recipients) {
        record.number(recipient - next);
        next = recipient + 1;
    }
    record.byte(static_cast<std::uint8_t>(waiting.priority));
    if (waiting.terms || !waiting.sender_domain.empty()) {
        item_writer items(out, waiting.terms->unknown_items);
        put_terms(*waiting.terms, items);
        items.text(item::sender_domain, waiting.sender_domain, longest::name);
        items.end();
    }
    seal(out);
}

decoded<delivery> decode_delivery(message_id id, std::string_view bytes) {
    record_reader record(bytes, id, entry_with_items);
    delivery waiting;
    waiting.id = id;
    waiting.received_at = record.time("time of reception");
    waiting.attempts = record.number<std::uint32_t>("attempts");
    waiting.size = record.number("size");
    waiting.domain = record.text("domain");
    waiting.tenant = record.text("tenant");
    read_recipients(record, waiting.recipients);
    if (record.version() >= with_priority) {
        const auto rank = record.byte("priority");
        record.know(rank <= static_cast<std::uint8_t>(priority::bulk), "priority");
        waiting.priority = static_cast<queue::priority>(rank);
    }
    if (record.version() >= entry_with_items && !record.empty())
        read_delivery_items(record, waiting);
    record.end("entry");
    if (!record.good()) return record.error();
    return waiting;
}

void encode(message_id id, const recipient_record& recipient, std::string& out) {
    auto record = begin(out, id, entry_with_items);
    record.number(recipient.state.index);
    record.byte(recipient.finished ? recipient_kind::finished : recipient_kind::tried);
    if (!recipient.finished) {
        record.number(recipient.state.attempts);
        record.time(recipient.state.last_attempt);
        record.text(recipient.state.status);
        record.text(recipient.state.diagnostic);
        record.text(recipient.state.remote);
        record.bytes(recipient.state.unknown_items);
    }
    seal(out);
}

decoded<recipient_record> decode_recipient(
    message_id id, std::uint32_t index, std::string_view bytes
) {
    record_reader record(bytes, id, entry_with_items);
    recipient_record recipient;
    auto& state = recipient.state;
    state.index = record.number<std::uint32_t>("recipient");
    record.check(state.index == index, "recipient", "is another one");
    const auto kind = record.byte("kind");
    record.know(kind == recipient_kind::tried || kind == recipient_kind::finished, "kind");
    recipient.finished = kind == recipient_kind::finished;
    if (!recipient.finished) {
        state.attempts = record.number<std::uint32_t>("attempts");
        state.last_attempt = record.time("time of the last attempt");
        state.status = record.text("status");
        state.diagnostic = record.text("diagnostic");
        state.remote = record.text("remote");
        if (record.version() >= entry_with_items) {
            read_items(record, &state.unknown_items, [](item, field_reader&) { return false; });
        }
    }
    record.end("state of a recipient");
    if (!record.good()) return record.error();
    return recipient;
}

chunk_frame::chunk_frame(message_id id, std::uint32_t index, std::string_view bytes) {
    const auto put = [](char* bytes, auto value) {
        for (std::size_t i = sizeof value; i-- > 0; value >>= 8)
            bytes[i] = static_cast<char>(value);
    };
    head[0] = static_cast<char>(first_version);
    put(&head[1], id.value());
    put(&head[1 + sizeof(std::uint64_t)], index);
    put(tail.data(), crc32c(bytes, crc32c({head.data(), head.size()})));
}

decoded<std::string_view> decode_chunk(message_id id, std::uint32_t index, std::string_view bytes) {
    record_reader record(bytes, id, first_version);
    const auto number = record.fixed<std::uint32_t>("number of the chunk");
    record.check(number == index, "number of the chunk", "is another one");
    if (!record.good()) return record.error();
    return record.remaining();
}

void encode_numbers(std::initializer_list<std::uint64_t> numbers, std::string& out) {
    out.clear();
    field_writer record(out);
    record.byte(first_version);
    for (const auto number : numbers)
        record.number(number);
    seal(out);
}

std::optional<std::vector<std::uint64_t>> decode_numbers(
    std::string_view bytes, std::size_t count
) {
    record_reader record(bytes, first_version);
    std::vector<std::uint64_t> numbers(count);
    for (auto& number : numbers)
        number = record.number("a number");
    record.end("record");
    if (!record.good()) return std::nullopt;
    return numbers;
}

}  // namespace kurir::queue
