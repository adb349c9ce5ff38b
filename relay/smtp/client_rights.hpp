// What a client may do. Rights can change during a session, between two transactions: a client that
// authenticates may do more than its address alone allows.
#pragma once

namespace kurir::smtp {

struct client_rights {
    // To send to any address. Such a client is also trusted: it gets the liberal grammar, and its
    // mistakes in recipients don't end a transaction.
    bool may_relay = false;

    // To name the client for which it speaks (XCLIENT), which is judged instead of it from then on.
    bool may_name_client = false;

    // It has proved who it is, by a login, a certificate, or the word of a proxy that may name it.
    bool has_credential = false;

    bool operator==(const client_rights&) const = default;
};

}  // namespace kurir::smtp
