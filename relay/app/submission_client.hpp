// Hands one message to a relay by SMTP, for a command: connects, sends it to all recipients or to
// none, says QUIT.
//
// Blocks, each step for at most some minutes (RFC 5321 section 4.5.3.2).
#pragma once

#include <string>
#include <vector>

namespace kurir::app {

struct relay_place {
    std::string host;  // name or address
    std::string port;
};

struct submitted_message {
    std::string sender;                        // empty: the null reverse-path
    std::vector<std::string> recipients = {};  // not empty
    std::string text;                          // with CRLF
    std::string notify = {};       // as in `sendmail_options`; these three are sent to a
    std::string return_part = {};  // relay that offers DSN (RFC 3461)
    std::string envelope_id = {};
    bool verbose = false;  // writes the dialogue on standard output
};

struct submission_end {
    int status = 0;            // of sysexits.h; 0: the relay has it, durably
    std::string trouble = {};  // what the relay said, or why it could not be asked
};

submission_end submit(const relay_place& relay, const submitted_message& message);

// Passes bytes between standard input and output and the relay, until one of them ends.
submission_end pass_session(const relay_place& relay);

}  // namespace kurir::app
