// Reads a remote server's replies from bytes as they arrive (RFC 5321 section 4.2).
//
// Accepts any legal reply, also of several lines, and survives any illegal one: input that is not a
// reply at all ends in `broken`, after which nothing more is read from the connection. Lines over
// 2,048 bytes are cut, lines beyond the 100th are checked but not kept (C006 to C009); so memory is
// bounded for any input. Lines may differ in their codes: the last one counts, but if their first
// digits differ the reply is `inconsistent` and temporary. A bare LF ends a line too: some servers
// send it, and it is harmless here.
//
// In a greeting, servers that delay their clients (Postfix's postscreen) send lines with 220 before
// a refusal: `take_greeting` returns the refusal.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "relay/smtp/reply.hpp"

namespace kurir::smtp {

class reply_parser {
public:
    enum class state : std::uint8_t {
        incomplete,  // more bytes are needed
        complete,    // `take` has a reply
        broken,      // what arrived is not SMTP
    };

    // Takes bytes up to the end of one reply; `bytes` is moved past them.
    state feed(std::string_view& bytes);

    // The reply that is complete; the parser is then ready for the next one.
    reply take();
    reply take_greeting();

    // A reply has begun and is not complete.
    bool pending() const noexcept { return lines_ > 0 || !line_.empty(); }

    // When broken: the line that is no reply, as far as it arrived. Untrusted.
    std::string_view offending() const noexcept { return line_; }
    bool line_ended() const noexcept { return line_ended_; }

private:
    state end_of_line();
    bool read_head(int& code, bool& last) const;

    std::string line_;
    reply so_far_;
    std::size_t lines_ = 0;
    bool line_ended_ = false;         // the last one that was taken
    std::size_t lines_220_ = 0;       // with which the reply began
    bool contradicts_later_ = false;  // in more than the change from 220 to another code
};

}  // namespace kurir::smtp
