// Translates reports of the dialogue into facts, and so into the words of logs and metrics.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "metrics/labels.hpp"
#include "queue/message.hpp"
#include "relay/facts/reception.hpp"
#include "relay/smtp/server_dialogue.hpp"

namespace kurir::inbound {

metrics::smtp_command command_label(smtp::verb verb) noexcept;
metrics::reject_stage stage_label(smtp::stage stage) noexcept;

// `reason` is neither `none` nor `timeout`, which refuses nothing.
metrics::reject_reason reason_label(smtp::reject_reason reason) noexcept;
std::string_view text_of(smtp::reject_reason reason) noexcept;

// The end of a session that was closed with 421 for this reason.
metrics::session_end session_end_of(smtp::reject_reason reason) noexcept;

// A login ended so, which is a fact of its own.
bool is_of_login(smtp::reject_reason reason) noexcept;

// The address in the argument of MAIL or RCPT, if one can be recognized.
std::string_view address_in(std::string_view argument) noexcept;

// The verb in capitals, cut to a limit.
std::string shown_verb(std::string_view word);

// The fact about a stored message, without the time that it took. `unknown_priority`: the priority
// that it asked for, if that is not a class.
facts::received received_of(
    const queue::submission& message,
    facts::submitter client,
    facts::protection tls,
    std::string unknown_priority
);

}  // namespace kurir::inbound
