// `kurir queue export` and `kurir queue import`: messages with their envelopes as a tar archive,
// from one relay to another (relay/control/EXPORT.md).
#pragma once

#include "relay/app/queue_commands.hpp"

namespace kurir::app {

// Both return the exit status (admin_answer.hpp).

// The messages that fit, on standard output. Takes nothing away.
int export_queue(const queue_question& question);

// Reads an archive from standard input. A message that can't be taken is named on standard error,
// and the others are taken. May be repeated: what the relay has already is not taken again.
int import_queue(const admin::address& relay);

}  // namespace kurir::app
