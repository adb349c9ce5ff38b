// The facts about reception, one type for each.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "metrics/labels.hpp"
#include "queue/message.hpp"
#include "relay/smtp/reply.hpp"

namespace kurir::facts {

// The client of a session, as it was known when the fact was made.
struct submitter {
    std::string_view address;
    std::string_view helo;
    std::string_view session;        // its id
    std::string_view user = {};      // its credential; empty: none
    std::string_view proxy = {};     // the address of the connection, if a proxy told `address`
    std::string_view listener = {};  // its name; empty: it has none
};

// How the bytes of a session are protected. Empty: they are not.
struct protection {
    std::string_view version;  // of TLS
    std::string_view cipher;
    std::string_view server_name;  // that the client asked for
    bool resumed = false;
};

// What rules of rewriting have changed in a message, as lists. Empty: nothing.
struct rewriting {
    std::string reverse_path;  // the client's
    std::string recipients;    // those that the client named and that have another address now
    std::string copies;        // recipients that the client did not name
    std::string authors;       // in From, as the client wrote them
    std::string new_authors;
    std::string unreadable;  // fields with senders about whom no rule could be asked
};

// A message was stored and synced: its client is about to get 250. Owns its texts, because the
// message itself belongs to the store by then.
struct received {
    submitter client;
    protection tls;
    std::string id;
    std::string reverse_path;      // empty: the null reverse-path
    std::string first_recipients;  // as a list
    std::string message_id;
    std::size_t recipients = 0;
    std::uint64_t size = 0;
    queue::priority priority = queue::priority::normal;
    std::string unknown_priority;  // what the message asked for, if that is no class
    std::string idempotency_key = {};
    bool long_lines = false;
    std::size_t recipients_before = 0;  // of the client's: a message of this key is theirs
    rewriting changed = {};
    std::chrono::duration<double> took{};  // from the end of data until it was stored
};

// The client sends a message again that is stored already: it is about to get the same 250.
struct repeated {
    submitter client;
    std::string id;  // that it got
    std::string reverse_path;
    std::size_t recipients = 0;
    std::string key;
};

// A reply refused something: a client, a command or a message.
struct refused {
    submitter client;
    metrics::reject_stage stage;
    metrics::reject_reason reason;
    std::string_view exact_reason;  // several may count as one `reason`
    std::string command;            // the verb as it was written; empty: not to be shown
    int code;
    smtp::enhanced_status status;
    std::optional<std::string> reverse_path = {};    // of the transaction, or of the refused MAIL
    std::optional<std::string_view> recipient = {};  // of the refused RCPT
    std::string admit_by;                            // the setting that would admit it; empty: none
    bool of_neighbour;  // the client has an address that the Internet does not route
    bool of_login;      // the log has it as the end of a login
    bool summed;        // the client said nothing, and the log has the session in a sum only
};

// A proxy has named the client for which it speaks; `client` is that one.
struct client_told {
    submitter client;
    metrics::told_by source;
    bool unknown;           // the proxy does not know its address
    std::string_view name;  // of its host; empty: not told. As the rest:
    std::uint16_t port;
    std::string_view server;  // the address that it connected to
    std::uint16_t server_port;
};

// A connection from a proxy's network had no good PROXY header, and was closed.
struct proxy_failed {
    submitter client;  // the proxy
    metrics::proxy_failure reason;
    bool summed;  // the log has it in a sum only
};

// A client and we agreed on TLS.
struct tls_agreed {
    metrics::tls_version version;
    metrics::tls_name name;
    bool resumed;
};

// The client showed a certificate.
struct certificate_shown {
    submitter client;
    std::string_view name;  // untrusted, unless the certificate is valid; empty: none
    metrics::client_certificate result;
    std::string error;  // empty: it is valid
};

// They did not agree; the session ends.
struct tls_failed {
    submitter client;
    metrics::tls_failure reason;
    std::string error;
    bool implicit;  // on a port that speaks TLS from the first byte
    bool summed;    // the log has it in a sum only
};

// A client has logged in, or has tried to.
struct login_ended {
    submitter client;
    std::string_view name;  // whom the client claimed to be, untrusted; empty: not known
    metrics::login_mechanism mechanism;
    metrics::login_outcome outcome;
    std::string_view token_fault = {};  // of a token that is wrong
};

struct session_ended {
    submitter client;
    protection tls;
    std::uint64_t commands;
    std::uint64_t messages;         // that were stored
    std::string_view last_command;  // verb, or END-OF-MESSAGE after content; empty: none was said
    metrics::session_end reason;
    std::chrono::duration<double> lasted;
    bool summed;  // nothing was said in it, and the log has the session in a sum only
};

}  // namespace kurir::facts
