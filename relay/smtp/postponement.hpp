// The reply to the MAIL of a client that may not submit another message now.
//
// The session's driver decides and words it; the dialogue says it. So a new limit of messages
// changes no file of the dialogue but the list of reasons.
#pragma once

#include <string>

#include "relay/smtp/exchange.hpp"

namespace kurir::smtp {

struct postponement {
    int code = 450;  // come back in this session; 421: in another, and this one ends
    enhanced_status status;
    std::string text;
    reject_reason reason = reject_reason::rate_limited;
};

}  // namespace kurir::smtp
