// What is said in a session, without what must not be read by others. Pure.
#pragma once

#include <string>
#include <string_view>

namespace kurir::smtp {

// Commands, a line each, as they may stand in a transcript: of AUTH only the mechanism is shown,
// and nothing of a line that begins with no verb, which may be a password. The line end of the last
// one is left out; other control characters are replaced.
std::string masked_commands(std::string_view text);

// The same of replies: a challenge (334) is not shown.
std::string masked_replies(std::string_view text);

}  // namespace kurir::smtp
