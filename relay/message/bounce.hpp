// Composes a bounce: the DSN that reports failed recipients to the sender (RFC 3464, RFC 6522).
//
// It has three parts: text for people, fields for programs, and the original: all of it if it is
// small, ASCII and without lines that are too long, otherwise its header. A bounce is ASCII and has
// no line over 998 bytes, so that no server can refuse it for the content of the original; only a
// sender whose own address is UTF-8 gets UTF-8 (Q016, RFC 6533).
//
// Pure: time and id come with the request. Texts of remote servers were made printable before
// (`verdict::diagnostic`); text from the client's envelope is escaped here.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "queue/message.hpp"
#include "relay/smtp/reply.hpp"

namespace kurir::message {

struct failed_recipient {
    std::string recipient;  // forward-path, as the client gave it
    smtp::enhanced_status status;
    std::string diagnostic;       // printable ASCII on one line
    std::string remote;           // host that was tried, may be empty
    bool said_by_remote = false;  // `diagnostic` is the remote host's reply, not our own text
    bool expired = false;         // was tried until its time in the queue was over
};

struct bounce_request {
    std::string reporting_mta;  // our host name
    std::string contact;        // postmaster's address, may be empty
    const queue::envelope& original;
    std::string_view original_text;   // its first chunk: all of it, if it has only one
    std::uint64_t full_size_max = 0;  // up to this size the whole message is returned
    queue::time_point now;
    std::chrono::milliseconds calendar_ahead{};  // of it, and of the message's times
    queue::message_id id;                        // of the bounce
    std::vector<failed_recipient> failed = {};   // not empty
};

struct composed_bounce {
    std::string text;
    std::uint32_t header_size = 0;
    queue::content_needs needs;
    std::string message_id;
    // Why less was returned than the settings allow: "long_lines", "eight_bit", "header_size".
    std::string_view shortened = {};
};

composed_bounce compose_bounce(const bounce_request& request);

}  // namespace kurir::message
