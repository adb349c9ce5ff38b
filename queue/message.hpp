// The values that the queue keeps: envelope, recipients' states, scheduled deliveries, outcomes.
//
// Plain values without behaviour. `queue/FORMAT.md` describes how they are stored.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "queue/entry_id.hpp"
#include "queue/message_id.hpp"
#include "queue/rare.hpp"
#include "queue/terms.hpp"

namespace kurir::queue {

// Stored times are wall-clock times, because they must be valid after a restart.
using time_point = std::chrono::sys_time<std::chrono::milliseconds>;

// Where a message came from.
enum class origin : std::uint8_t { smtp = 1, dsn = 2 };

// Which deliveries go first when not all can go at once. The values are stored: never renumber.
enum class priority : std::uint8_t { normal = 0, urgent = 1, bulk = 2 };

// What the next hop must support, found while the message was received (decision 23).
struct content_needs {
    bool eight_bit = false;          // a byte above 0x7f in the message: 8BITMIME (RFC 6152)
    bool smtputf8 = false;           // a UTF-8 address in the envelope: SMTPUTF8 (RFC 6531)
    std::uint32_t longest_line = 0;  // bytes without CRLF
    bool operator==(const content_needs&) const = default;
};

// As in terms.hpp.
namespace longest {
inline constexpr std::size_t envid = 100;               // RFC 3461 section 4.4
inline constexpr std::size_t original_recipient = 500;  // section 4.2
inline constexpr std::size_t prefix = 65536;
inline constexpr std::size_t hash_method = 32;
inline constexpr std::size_t hash = 64;
inline constexpr std::size_t hashes = 8;  // of one message
inline constexpr std::size_t trace_parent = 128;
inline constexpr std::size_t trace_state = 512;
inline constexpr std::size_t idempotency_key = 255;
inline constexpr std::size_t submission_name = 511;
}  // namespace longest

// NOTIFY: when the sender wants a DSN about a recipient (RFC 3461 section 4.1). If none is set, the
// sender did not ask for anything, and is told of a failure.
struct dsn_notify {
    bool never = false;  // then none of the others
    bool success = false;
    bool failure = false;
    bool delay = false;
    bool operator==(const dsn_notify&) const = default;
};

// RET: how much of the message a DSN returns (RFC 3461 section 4.3).
enum class dsn_return : std::uint8_t { unsaid = 0, full = 1, headers = 2 };

// What the sender wants of DSNs about one recipient.
struct dsn_wishes {
    dsn_notify notify = {};
    std::string original = {};  // ORCPT as given, addr-type and xtext; empty: none
    bool operator==(const dsn_wishes&) const = default;
};

struct recipient {
    std::string address;  // forward-path without angle brackets, as given
    rare<dsn_wishes> dsn = {};
    bool operator==(const recipient&) const = default;
};

// A hash of the body. A signature can be made from it later without reading the body again.
struct body_hash {
    std::string method;  // algorithm and canonicalisation, such as "sha256/relaxed"
    std::string value;   // its bytes
    bool operator==(const body_hash&) const = default;
};

// Fields that few messages have. Each may be empty.
struct envelope_extras {
    std::string envid = {};  // ENVID as given, xtext
    dsn_return ret = dsn_return::unsaid;
    std::string prefix = {};  // sent before the first chunk: a signature, which is known last
    std::vector<body_hash> body_hashes = {};
    std::string trace_parent = {};  // W3C Trace Context
    std::string trace_state = {};
    std::string listener = {};         // name of the listener it came through
    std::string idempotency_key = {};  // by which the client repeats a submission
    bool operator==(const envelope_extras&) const = default;
};

struct envelope {
    message_id id;
    std::string reverse_path;           // without angle brackets; empty: the null reverse-path
    std::vector<recipient> recipients;  // as given
    time_point received_at{};
    queue::origin origin = queue::origin::smtp;
    std::uint64_t size = 0;  // bytes of the message as it will be sent, before dot-stuffing: with
                             // its prefix
    std::uint32_t header_size = 0;  // of these, the header section with its blank line
    std::uint32_t chunks = 0;       // number of body chunks
    content_needs needs;
    std::string client;             // address of the submitting client, for logs
    std::string session;            // id of the submitting session, for logs
    std::string message_id_header;  // for logs, may be empty
    rare<delivery_terms> terms = {};
    rare<envelope_extras> extras = {};
    bool operator==(const envelope&) const = default;
};

// The state of one recipient that was tried at least once and is not finished.
struct recipient_state {
    std::uint32_t index = 0;     // position in envelope::recipients
    std::uint32_t attempts = 0;  // made so far
    time_point last_attempt{};
    std::string status;      // enhanced status of the last attempt, such as "4.2.2"
    std::string diagnostic;  // text of the remote server or our own, printable, at most 512 bytes
    std::string remote;      // remote MTA that sent it, may be empty
    std::string unknown_items = {};  // of a later version, as they were stored: kept
    bool operator==(const recipient_state&) const = default;
};

// Recipients of one message in one domain, which are tried together at `due`. The unit of
// scheduling: each queued message has at least one in memory.
struct delivery {
    message_id id;
    time_point due{};
    std::vector<std::uint32_t>
        recipients;      // ascending positions in envelope::recipients, not empty
    std::string domain;  // lower case A-label or address literal; the destination
    time_point received_at{};
    std::uint32_t attempts = 0;  // most attempts of any of these recipients
    std::uint64_t size = 0;
    std::string tenant;              // whose turn it counts as: see relay/message/intake.hpp
    std::string sender_domain = {};  // of the reverse-path; empty: the null reverse-path
    queue::priority priority = queue::priority::normal;
    rare<delivery_terms> terms = {};
    // The name of its entry, and which claim of it this is. The store sets them when it announces
    // the delivery; nobody else changes them. `due` may change in memory (the start spreads overdue
    // mail, decision 25).
    entry_id entry = {};
    queue::fence fence = 0;
    bool operator==(const delivery&) const = default;
};

// A message to be stored; it is complete when this is committed. Earlier chunks were passed to
// `store::append`; `last_chunk` is chunk number `envelope.chunks - 1`.
struct submission {
    envelope mail;
    std::vector<delivery> deliveries;  // at least one; together they name each recipient once
    std::string last_chunk;
    // Of recipients that another relay has tried: each with one attempt at least, which its
    // delivery counts too.
    std::vector<recipient_state> states = {};
    // By which the store knows later that it was given this message (`store::find_names`); each
    // not empty, and `longest::submission_name` at most. If it is not known what became of such a
    // message, `commit` may fail although it is stored, and stays: its giver asks by its name.
    std::vector<std::string> names = {};
    // Each name must be new: otherwise nothing is stored, and `commit` ends with `errc::known`. Of
    // several commits with one name, at one time or on several nodes, one succeeds.
    bool names_are_new = false;
};

// The end of one attempt, made durable by one atomic write: finished recipients of `attempted`,
// retries, and the bounce for failed recipients.
struct settlement {
    delivery attempted;                       // as it was announced: its entry is removed
    std::vector<delivery> others = {};        // of the same message, that end together with it
    std::vector<std::uint32_t> finished;      // recipients that need no further attempt
    std::vector<recipient_state> unfinished;  // new state of the others
    std::vector<delivery> again;              // names each of `unfinished` once
    // Recipients of `attempted` that are neither finished nor unfinished: their end is known, and
    // the caller settles it soon. It is stored like `again` and stays claimed, but is not announced
    // to this owner. It has no name: it is settled by passing this delivery as `attempted`.
    std::optional<delivery> withheld = {};
    std::optional<submission> bounce;  // stored by the same write (Q020)
    std::optional<std::string> event;  // a fact stored nowhere else, kept as a record
};

}  // namespace kurir::queue
