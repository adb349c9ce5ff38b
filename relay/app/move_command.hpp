// `kurir queue move`: empties a relay into another one (relay/control/EXPORT.md).
#pragma once

#include <string>

#include "relay/app/queue_commands.hpp"

namespace kurir::app {

struct move_question {
    queue_question queue;
    std::string given_by;  // the operator's name, for the log
    std::string url;       // of the other relay, as KURIR_ADMIN has it
    std::string ca_file;   // trusted for it beside the system's; may be empty
    std::string because;   // for the log; may be empty
    bool dry_run = false;
    bool confirmed = false;  // nobody is asked
};

// Returns the exit status (admin_answer.hpp). What fits is held here, handed over message by
// message, and deleted here once the other relay has it durably. What was not taken goes on here,
// but for a message of which the other relay did not say whether it has it: that stays held. May
// be repeated, also after it was killed.
int move_queue(const move_question& question);

}  // namespace kurir::app
