#include "queue/codec.hpp"

#include <algorithm>
#include <limits>
#include <type_traits>

#include "queue/crc32c.hpp"

namespace kurir::queue {

namespace {

constexpr std::size_t checksum_size = 4;

// Versions of kinds of records. Only `delivery` has changed: version 2 ends with the priority.
constexpr std::uint8_t first_version = 1;
constexpr std::uint8_t delivery_version = 2;

enum recipient_kind : std::uint8_t { tried = 1, finished = 2 };
enum needs_flag : std::uint8_t { eight_bit = 1, smtputf8 = 2 };

std::uint64_t in_ms(time_point time) {
    return static_cast<std::uint64_t>(time.time_since_epoch().count());
}

// Appends fields to a record. Numbers in general are LEB128: seven bits a byte, lowest first.
class writer {
public:
    explicit writer(std::string& out) : out_(out) { out_.clear(); }

    void byte(std::uint8_t value) { out_.push_back(static_cast<char>(value)); }

    template <class T>
    void fixed(T value) {
        static_assert(std::is_unsigned_v<T>);
        for (unsigned shift = 8 * sizeof(T); shift > 0;) {
            shift -= 8;
            byte(static_cast<std::uint8_t>(value >> shift));
        }
    }

    void number(std::uint64_t value) {
        for (; value > 0x7f; value >>= 7)
            byte(static_cast<std::uint8_t>(value | 0x80));
        byte(static_cast<std::uint8_t>(value));
    }

    void text(std::string_view value) {
        number(value.size());
        out_.append(value);
    }

    void begin(message_id id, std::uint8_t version = first_version) {
        byte(version);
        fixed(id.value());
    }

private:
    std::string& out_;
};

// Reads fields from a record. After the first that is missing or malformed everything reads as
// zero, and `complete` is false.
class reader {
public:
    // Checks the checksum, and that the version is no later than `newest`.
    explicit reader(std::string_view record, std::uint8_t newest = first_version) {
        if (record.size() < 1 + checksum_size) return;
        rest_ = record.substr(record.size() - checksum_size);
        const auto fields = record.substr(0, record.size() - checksum_size);
        if (fixed<std::uint32_t>() != crc32c(fields)) return;
        rest_ = fields;
        good_ = true;
        version_ = byte();
        check(version_ >= first_version && version_ <= newest);
    }

    reader(std::string_view record, message_id id, std::uint8_t newest = first_version)
        : reader(record, newest) {
        check(fixed<std::uint64_t>() == id.value());
    }

    std::uint8_t version() const { return version_; }

    std::uint8_t byte() {
        if (rest_.empty()) {
            good_ = false;
            return 0;
        }
        const auto value = static_cast<std::uint8_t>(rest_.front());
        rest_.remove_prefix(1);
        return value;
    }

    template <class T>
    T fixed() {
        T value = 0;
        for (std::size_t i = 0; i < sizeof(T); ++i)
            value = static_cast<T>(value << 8 | byte());
        return value;
    }

    template <class T = std::uint64_t>
    T number() {
        constexpr unsigned shift_max = 63;
        std::uint64_t value = 0;
        for (unsigned shift = 0; shift <= shift_max; shift += 7) {
            const std::uint64_t digit = byte();
            value |= (digit & 0x7f) << shift;
            if ((digit & 0x80) != 0) continue;
            // One way to write each number: no empty last digit, no bits beyond the highest.
            check((digit != 0 || shift == 0) && (shift < shift_max || digit <= 1));
            check(value <= std::numeric_limits<T>::max());
            return static_cast<T>(value);
        }
        good_ = false;
        return 0;
    }

    std::string text() {
        const auto size = number();
        check(size <= rest_.size());
        if (!good_) return {};
        std::string value(rest_.substr(0, size));
        rest_.remove_prefix(size);
        return value;
    }

    time_point time() {
        const auto value = static_cast<std::int64_t>(fixed<std::uint64_t>());
        return time_point(std::chrono::milliseconds(value));
    }

    // A number of things that take at least a byte each.
    std::size_t count() {
        const auto count = number();
        check(count <= rest_.size());
        return good_ ? static_cast<std::size_t>(count) : 0;
    }

    std::string_view remaining() const { return rest_; }
    void check(bool holds) { good_ = good_ && holds; }
    bool good() const { return good_; }
    bool complete() const { return good_ && rest_.empty(); }

private:
    std::string_view rest_;
    std::uint8_t version_ = 0;
    bool good_ = false;
};

}  // namespace

void encode(const envelope& mail, std::string& out) {
    writer record(out);
    record.begin(mail.id);
    record.byte(static_cast<std::uint8_t>(mail.from));
    record.fixed(in_ms(mail.received_at));
    record.number(mail.size);
    record.number(mail.header_size);
    record.number(mail.chunks);
    record.byte(static_cast<std::uint8_t>(
        (mail.needs.eight_bit ? needs_flag::eight_bit : 0) |
        (mail.needs.smtputf8 ? needs_flag::smtputf8 : 0)
    ));
    record.number(mail.needs.longest_line);
    record.text(mail.reverse_path);
    record.number(mail.recipients.size());
    for (const auto& recipient : mail.recipients)
        record.text(recipient);
    record.text(mail.client);
    record.text(mail.session);
    record.text(mail.message_id_header);
    seal(out);
}

result<envelope> decode_envelope(message_id id, std::string_view bytes) {
    reader record(bytes, id);
    envelope mail;
    mail.id = id;
    const auto from = record.byte();
    record.check(from == static_cast<int>(origin::smtp) || from == static_cast<int>(origin::dsn));
    mail.from = static_cast<origin>(from);
    mail.received_at = record.time();
    mail.size = record.number();
    mail.header_size = record.number<std::uint32_t>();
    mail.chunks = record.number<std::uint32_t>();
    const auto needs = record.byte();
    record.check(needs <= (needs_flag::eight_bit | needs_flag::smtputf8));
    mail.needs.eight_bit = (needs & needs_flag::eight_bit) != 0;
    mail.needs.smtputf8 = (needs & needs_flag::smtputf8) != 0;
    mail.needs.longest_line = record.number<std::uint32_t>();
    mail.reverse_path = record.text();
    mail.recipients.resize(record.count());
    for (auto& recipient : mail.recipients)
        recipient = record.text();
    mail.client = record.text();
    mail.session = record.text();
    mail.message_id_header = record.text();
    if (!record.complete()) return errc::corrupt;
    return mail;
}

void encode(const delivery& waiting, std::string& out) {
    writer record(out);
    record.begin(waiting.id, delivery_version);
    record.fixed(in_ms(waiting.received_at));
    record.number(waiting.attempts);
    record.number(waiting.size);
    record.text(waiting.domain);
    record.text(waiting.sender);
    record.number(waiting.recipients.size());
    std::uint32_t next = 0;  // ascending: the gaps are small numbers
    for (const auto recipient : waiting.recipients) {
        record.number(recipient - next);
        next = recipient + 1;
    }
    record.byte(static_cast<std::uint8_t>(waiting.priority));
    seal(out);
}

result<delivery> decode_delivery(message_id id, std::string_view bytes) {
    reader record(bytes, id, delivery_version);
    delivery waiting;
    waiting.id = id;
    waiting.received_at = record.time();
    waiting.attempts = record.number<std::uint32_t>();
    waiting.size = record.number();
    waiting.domain = record.text();
    waiting.sender = record.text();
    waiting.recipients.resize(record.count());
    std::uint64_t next = 0;
    for (auto& recipient : waiting.recipients) {
        next += record.number<std::uint32_t>();
        record.check(next < std::numeric_limits<std::uint32_t>::max());
        recipient = static_cast<std::uint32_t>(next++);
    }
    record.check(!waiting.recipients.empty());
    if (record.version() > first_version) {
        const auto rank = record.byte();
        record.check(rank <= static_cast<std::uint8_t>(priority::bulk));
        waiting.priority = static_cast<queue::priority>(rank);
    }
    if (!record.complete()) return errc::corrupt;
    return waiting;
}

void encode(message_id id, const recipient_record& recipient, std::string& out) {
    writer record(out);
    record.begin(id);
    record.number(recipient.state.index);
    record.byte(recipient.finished ? recipient_kind::finished : recipient_kind::tried);
    if (!recipient.finished) {
        record.number(recipient.state.attempts);
        record.fixed(in_ms(recipient.state.last_attempt));
        record.text(recipient.state.status);
        record.text(recipient.state.diagnostic);
        record.text(recipient.state.remote);
    }
    seal(out);
}

result<recipient_record> decode_recipient(
    message_id id, std::uint32_t index, std::string_view bytes
) {
    reader record(bytes, id);
    recipient_record recipient;
    recipient.state.index = record.number<std::uint32_t>();
    record.check(recipient.state.index == index);
    const auto kind = record.byte();
    record.check(kind == recipient_kind::tried || kind == recipient_kind::finished);
    recipient.finished = kind == recipient_kind::finished;
    if (!recipient.finished) {
        recipient.state.attempts = record.number<std::uint32_t>();
        recipient.state.last_attempt = record.time();
        recipient.state.status = record.text();
        recipient.state.diagnostic = record.text();
        recipient.state.remote = record.text();
    }
    if (!record.complete()) return errc::corrupt;
    return recipient;
}

chunk_frame::chunk_frame(message_id id, std::uint32_t index, std::string_view bytes) {
    const auto put = [](char* to, auto value) {
        for (std::size_t i = sizeof value; i-- > 0; value >>= 8)
            to[i] = static_cast<char>(value);
    };
    head[0] = static_cast<char>(first_version);
    put(&head[1], id.value());
    put(&head[1 + sizeof(std::uint64_t)], index);
    put(tail.data(), crc32c(bytes, crc32c({head.data(), head.size()})));
}

result<std::string_view> decode_chunk(message_id id, std::uint32_t index, std::string_view bytes) {
    reader record(bytes, id);
    record.check(record.fixed<std::uint32_t>() == index);
    if (!record.good()) return errc::corrupt;
    return record.remaining();
}

void encode_numbers(std::initializer_list<std::uint64_t> numbers, std::string& out) {
    writer record(out);
    record.byte(first_version);
    for (const auto number : numbers)
        record.number(number);
    seal(out);
}

std::optional<std::vector<std::uint64_t>> decode_numbers(
    std::string_view bytes, std::size_t count
) {
    reader record(bytes);
    std::vector<std::uint64_t> numbers(count);
    for (auto& number : numbers)
        number = record.number();
    if (!record.complete()) return std::nullopt;
    return numbers;
}

void seal(std::string& record) {
    const std::uint32_t checksum = crc32c(record);
    for (int shift = 24; shift >= 0; shift -= 8)
        record.push_back(static_cast<char>(checksum >> shift));
}

}  // namespace kurir::queue
