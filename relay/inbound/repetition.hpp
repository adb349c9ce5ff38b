// A message that its client sends again, because it has not heard the reply to the end of data (RFC
// 1047). The client says so by X-Kurir-Idempotency-Key: of messages with one key each recipient
// gets one. Without the field nothing is compared: two alike messages are two messages.
//
// A key holds for each recipient by itself, because clients divide a message among transactions,
// and send to those again that were refused the first time. It belongs to the client's credential
// and the domain of the reverse-path, so that applications need not agree on their keys. The
// address of the client does not count: one that starts again may have another. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "queue/store.hpp"
#include "relay/smtp/server_transaction.hpp"

namespace kurir::inbound {

// The names by which the store knows the recipients of a message with this key, in their order
// (`submission::names`). `credential`: empty is none. `opened`: as the client has given it.
std::vector<std::string> names_of(
    std::string_view key, std::string_view credential, const smtp::server_transaction& opened
);

// What the store knows of them.
struct repetition {
    std::vector<bool> known;                   // the recipients that a message was taken for
    std::optional<queue::message_id> id = {};  // of the first of these
    bool is_whole = false;                     // all of them
};
repetition repetition_of(const queue::named_messages& found);

// Without the names that are known, each once.
std::vector<std::string> new_names(std::vector<std::string> names, const std::vector<bool>& known);

}  // namespace kurir::inbound
