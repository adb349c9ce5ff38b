// What a client may do. Rights can change during a session, between two transactions: a client that
// authenticates may do more than its address alone allows.
#pragma once

namespace kurir::smtp {

struct client_rights {
    // To send to any address. Such a client is also trusted: it gets the liberal grammar, and its
    // mistakes in recipients don't end a transaction.
    bool may_relay = false;

    bool operator==(const client_rights&) const = default;
};

}  // namespace kurir::smtp
