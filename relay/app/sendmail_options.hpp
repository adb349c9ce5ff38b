// The command line of `sendmail`, as applications have written it for decades. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "relay/base/result.hpp"

namespace kurir::app {

struct sendmail_options {
    enum class mode : std::uint8_t {
        deliver,  // -bm: a message is on standard input
        session,  // -bs: SMTP is on standard input and output
        list,     // -bp: as `mailq`
    };
    mode task = mode::deliver;
    bool reads_recipients = false;             // -t: from To, Cc and Bcc
    bool dot_ends = true;                      // a dot alone ends the message; not with -i
    std::optional<std::string> sender = {};    // -f, -r; empty: the null reverse-path
    std::string full_name = {};                // -F
    std::string notify = {};                   // -N, as NOTIFY has it; empty: not said
    std::string return_part = {};              // -R: FULL or HDRS; empty: not said
    std::string envelope_id = {};              // -V, as it was given
    std::string relay = {};                    // --relay: "host:port"; empty: our own
    bool verbose = false;                      // -v
    std::vector<std::string> recipients = {};  // as given
};

// `arguments`: without the program's name. Options that only mean something inside another program
// are ignored (README.md names them). The error is a sentence about an option.
base::result<sendmail_options, std::string> read_sendmail_options(
    std::span<const std::string_view> arguments
);

}  // namespace kurir::app
