// What `kurir rewrite` prints: what would be changed in a message before it is stored, as
// differences of envelope and header.
//
// The message takes the way that a submitted one takes; nothing is stored and nothing is sent.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "queue/message.hpp"
#include "relay/config/config.hpp"

namespace kurir::app {

// The message that is asked about, beside its text.
struct rewrite_question {
    std::optional<std::string> sender = {};    // "" or <>: the null one; none: the first in From
    std::vector<std::string> recipients = {};  // addresses
    std::string credential = {};               // of the client; empty: none
    std::string client = {};                   // its address; empty: not known
};

struct rewrite_report {
    std::string text = {};     // the differences; empty: there are none
    std::string refused = {};  // why the message, or a recipient, would be refused; a line for each
    std::string mistake = {};  // in the question; empty: none
};

// `message` is the text, or its header section; its lines end with LF or CRLF. `now` is the time of
// its reception.
rewrite_report report_rewriting(
    const config::config& config,
    const rewrite_question& question,
    std::string_view message,
    queue::time_point now
);

}  // namespace kurir::app
