// Reads the header section of a message while it arrives: where it ends, which fields it has, how
// often it was relayed, what it asks of us.
//
// Only trace, loop and fix-up fields and our own are looked at; defects are passed on as they are
// (conformance S050, S051). Each byte is looked at once, however the message is cut.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace kurir::message {

// An X-Kurir-Priority field: for us alone, so it is taken out of the message.
struct priority_field {
    std::size_t begin = 0;  // in the message
    std::size_t end = 0;
    std::string value = {};  // unfolded, without surrounding white space, in lower case; bounded
};

struct header_facts {
    std::size_t end = 0;      // bytes of the header section with its blank line
    bool blank_line = false;  // false: the message has no body, or no header at all
    bool date = false;
    bool message_id = false;
    bool high_bytes = false;                 // UTF-8, hopefully: RFC 6532
    std::size_t received = 0;                // Received fields
    std::string message_id_text;             // of the first Message-ID, for logs; bounded
    std::vector<priority_field> priorities;  // in their order
};

class header_scan {
public:
    // `message` is all of it from its first byte, as far as it has come; it only grows from call to
    // call. True once the end of the header section is known.
    bool scan(std::string_view message);

    // The message ends here: what came is its header, if no end was found before.
    void finish(std::string_view message);

    bool done() const noexcept { return done_; }
    const header_facts& facts() const noexcept { return facts_; }

private:
    void on_line(std::string_view line, std::size_t next);
    void on_priority_text(std::string_view text, std::size_t next);
    void end_at(std::string_view message, std::size_t position);

    header_facts facts_;
    bool done_ = false;
    bool in_priority_ = false;  // the line before belongs to an X-Kurir-Priority field
    std::size_t line_ = 0;      // where the line begins that is not complete
    std::size_t searched_ = 0;  // no line end before this
};

}  // namespace kurir::message
