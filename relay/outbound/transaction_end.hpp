// What became of one mail transaction: of each recipient, and what it says of the server. Pure.
#pragma once

#include <boost/system/error_code.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "relay/outbound/extensions.hpp"
#include "relay/outbound/verdict.hpp"
#include "relay/smtp/transaction.hpp"

namespace kurir::outbound {

// How a transaction is carried out with this server.
struct transaction_manner {
    extension_set without = {};  // offered, and not to be used
    full_mailbox when_full = full_mailbox::fails;
};

struct transaction_end {
    std::vector<verdict> verdicts;    // in the order of the request's recipients
    std::vector<bool> again_at_once;  // too many for one transaction: try them in another one now
    bool stale = false;  // a kept connection was dead, or not to be trusted, before anything was
                         // sent over it: try anew
    std::size_t carried = 0;            // messages that the connection had delivered before
    bool kept = false;                  // and whether it had served any transaction
    bool in_groups = false;             // commands went in groups (PIPELINING)
    std::vector<std::size_t> accepted;  // positions of the recipients that the server took
    std::optional<std::size_t> cut_at;  // the recipient at which it ended the connection
    bool refusals_forgotten = false;    // refusals that a missing reply leaves unproven
    bool all_too_many = false;          // the recipients it took were too many in the end
    bool out_of_step = false;           // a reply did not fit its command
    bool group_out_of_step = false;     // and that was in a group, before the message was sent
    bool unasked = false;               // a reply came that nobody asked for
    extension_set failing;              // offered, used, and it seems that they don't work

    bool delivered() const;  // to somebody
};

// How the connection failed under a transaction.
struct connection_failure {
    boost::system::error_code error = {};  // none: it did not
    std::string offending = {};            // what came instead of a reply
};

// `offers`: the extensions that were used. The verdicts do not name the host, and nothing is said
// of the connection: `stale`, `carried`, `kept`.
transaction_end end_of_transaction(
    const smtp::transaction& dialogue,
    const smtp::mail_request& mail,
    const smtp::peer& offers,
    const connection_failure& failure,
    full_mailbox when_full
);

// As what stage of an attempt a stage of the transaction counts.
stage stage_of(smtp::client_stage stage);

}  // namespace kurir::outbound
