// Reads the header section of a message while it arrives: where it begins and ends, how often the
// message was relayed, and where the fields are that we change.
//
// The header section ends with a blank line, or before the first line that is neither a field nor
// the continuation of one: such a line belongs to the body (as Postfix and Exim see it). Lines
// "From sender date" of an mbox, or a byte order mark, in front of the first field are no part of
// the message. All code that reads a header section uses this result, so all parts of the program
// see the same header.
//
// Only the fields that we need are reported; defects are passed on unchanged (S050, S051). Each
// byte is read once, however the message is divided.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace kurir::message {

enum class field_name : std::uint8_t {
    other,
    bcc,
    date,
    from,
    idempotency_key,  // X-Kurir-Idempotency-Key
    message_id,
    priority,  // X-Kurir-Priority
    received,
    route,  // X-Kurir-Route
    resent_bcc,
    sender,
};

// A field that we need, with its continuation lines.
struct known_field {
    field_name name = field_name::other;
    std::size_t begin = 0;  // in the message
    std::size_t end = 0;
    bool operator==(const known_field&) const = default;
};

struct header_facts {
    std::size_t begin = 0;            // bytes of mbox lines or of a mark in front: to be dropped
    std::size_t end = 0;              // of the header section with its blank line
    bool blank_line = false;          // false: the body follows at once, or there is none
    bool body = false;                // a line of the body ended the header
    std::size_t received = 0;         // Received fields
    std::vector<known_field> fields;  // in their order, without Received
};

class header_scan {
public:
    // `message` is all of it from its first byte, as far as it has come; it only grows from call to
    // call. True once the end of the header section is known.
    bool scan(std::string_view message);

    // The header may not become larger than `message`. True if it has ended, or ends before the
    // line that is incomplete, because that can be neither a field nor a continuation.
    bool ends_in(std::string_view message);

    // The message ends here: if no end of the header was found, all of it is header.
    void finish(std::string_view message);

    bool done() const noexcept { return done_; }
    const header_facts& facts() const noexcept { return facts_; }

private:
    bool is_header_line(std::string_view line) const noexcept;
    void drop_byte_order_mark(std::string_view& line);
    void on_line(std::string_view line, std::size_t next);
    void on_field(std::string_view line, std::size_t next);
    void end_before_body();
    void end_at(std::size_t position);

    header_facts facts_;
    bool done_ = false;
    bool has_field_ = false;    // a field came: continuations may follow
    bool mbox_date_ = false;    // a line in front has a time of day, as those of an mbox have
    bool continues_ = false;    // the last field is one of `facts_.fields`
    std::size_t mbox_end_ = 0;  // bytes of lines in front that may be of an mbox
    std::size_t line_ = 0;      // where the line begins that is not complete
    std::size_t searched_ = 0;  // no line end before this
};

// The value of a field, `field` being all of it: unfolded, without white space around it, at most
// about `limit` bytes.
std::string field_value(std::string_view field, std::size_t limit);

}  // namespace kurir::message
