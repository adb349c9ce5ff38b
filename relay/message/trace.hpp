// The fields that a relay adds to a message: the Received line, and the fields that a submission
// service adds when they are missing (RFC 5321 4.4, RFC 6409 section 8). Pure: times and ids are
// passed in.
#pragma once

#include <string>
#include <string_view>

#include "queue/message.hpp"

namespace kurir::message {

// One hop, as `Received:` describes it.
struct hop {
    std::string helo;           // what the client calls itself; checked by the dialogue
    std::string client;         // its address: "192.0.2.1" or "2001:db8::1"
    std::string hostname;       // our name
    std::string protocol;       // RFC 3848: "SMTP", "ESMTP", "ESMTPS", "UTF8SMTP"
    std::string tls;            // version and cipher; empty: in clear
    std::string id;             // queue id
    bool hidden = false;        // helo and client stay inside (KURIR_HIDE_CLIENT)
    std::string for_recipient;  // empty if there are several: Bcc stays blind (S048)
    queue::time_point at{};
};

// The whole field with its CRLF, folded.
std::string received_field(const hop& told);

// "X-Kurir-Original-To: …": a recipient or sender whose mail goes to somebody else. Printable ASCII
// on lines that no server refuses, whatever the address has.
std::string original_to_field(std::string_view address);

std::string date_field(queue::time_point at);

// "<id@hostname>": unique because the queue id is.
std::string message_id_text(queue::message_id id, std::string_view hostname);
std::string message_id_field(queue::message_id id, std::string_view hostname);

}  // namespace kurir::message
