// Reading messages: several in one round trip, since a node that has fallen behind reads each of
// them again from the database.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "queue/postgres/connection.hpp"
#include "queue/store.hpp"

namespace kurir::queue::postgres {

using message_pointer = std::shared_ptr<const stored_message>;

// By id. One that is not there is missing; one that can't be read has the reason.
using found_messages = std::map<message_id, result<std::shared_ptr<stored_message>>>;

// With the states of their recipients, and without bodies. `patience`: for the round trip.
answer<found_messages> read_envelopes_in(
    connection& database, const std::vector<message_id>& ids, std::chrono::milliseconds patience
);

// With first chunks as well, in the order of `ids`; `errc::not_found` where a message is missing,
// and `errc::corrupt` where it has no such chunk. If the database refuses the whole, each is read
// for itself, so that one damaged row does not keep the others from being read.
std::vector<result<message_pointer>> read_messages_in(
    connection& database, const std::vector<message_id>& ids, std::chrono::milliseconds patience
);

// `errc::not_found`: there is no such chunk, or no such message.
result<std::string> read_chunk_in(
    connection& database, message_id id, std::uint32_t index, std::chrono::milliseconds patience
);

// Moves all that is left of a message that can't be read to where it is kept for people: whoever is
// to try it next finds that it can't be read, and settles it. True: it was moved now, false: it had
// been. `errc::not_found`: there is no such message; otherwise nothing was done.
result<bool> quarantine_in(connection& database, message_id id, std::chrono::milliseconds patience);

}  // namespace kurir::queue::postgres
