// Postfix's words for what Kurir's events say in its own. Pure.
//
// Programs that read Postfix's log look for these words, and fail2ban bans for some of them: the
// words for a refusal that is nobody's fault are such that nobody is banned for it.
#pragma once

#include <string_view>

namespace kurir::log {

// The text of a refusal, by the field `reason` of `rejected`.
std::string_view words_for(std::string_view reason);

// What Postfix says of a session that it ends for its client's behaviour, by the same field; empty:
// it is a refusal.
std::string_view offence_of(std::string_view reason);

// Why a login failed, by the field `reason` of `login_failed`; empty: Postfix has no words for it.
std::string_view login_words(std::string_view reason);

// `verb`, or UNKNOWN if it is no command of SMTP.
std::string_view known_command(std::string_view verb);

// The command that a remote server has answered, by the field `stage` of a result; empty: none.
std::string_view answered_command(std::string_view stage);

}  // namespace kurir::log
