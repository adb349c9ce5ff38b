// Composes a bounce: the DSN that tells a sender of recipients who failed (RFC 3464, RFC 6522).
//
// Three parts: words for a human, fields for a program, and what comes back of the original: all of
// it if it is small, ASCII and without lines that are too long, else its header. A bounce is ASCII
// and has no line over 998 bytes, so that no server on its way can refuse it for what the message
// held; only a sender whose own address is UTF-8 gets UTF-8 (Q016, RFC 6533).
//
// Pure: time and id come with the request. Whatever a remote server said has been made printable
// before (`verdict::diagnostic`); what a client put into the envelope is escaped here.
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
    bool said_by_remote = false;  // `diagnostic` is its reply, not what we say ourselves
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
    // Why less came back than the settings promise: "long_lines", "eight_bit", "header_size".
    std::string_view shortened = {};
};

composed_bounce compose_bounce(const bounce_request& request);

}  // namespace kurir::message
