// `kurir log-level debug`: transcripts of chosen SMTP sessions in the relay's log, for a while.
#pragma once

#include <string>

#include "relay/admin/address.hpp"

namespace kurir::app {

struct transcript_order {
    std::string client = {};  // patterns; one of them is given
    std::string server = {};
    std::string time = "10m";
    std::string reason = {};
    std::string given_by = {};
};

// Return the exit status (admin_answer.hpp), and print what holds.
int choose_transcript(const admin::address& relay, const transcript_order& order);
int end_transcripts(const admin::address& relay);
int list_transcripts(const admin::address& relay);

}  // namespace kurir::app
