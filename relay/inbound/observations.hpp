// How what the dialogue reports is named in facts, and so in logs and metrics.
#pragma once

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

// Why a session ended that was ended by 421 for this reason.
metrics::session_end session_end_of(smtp::reject_reason reason) noexcept;

// The address in the argument of MAIL or RCPT, as far as there is one to be seen.
std::string_view address_in(std::string_view argument) noexcept;

// A verb as it was written: in capitals, cut.
std::string shown_verb(std::string_view word);

// What is told of a message once it is stored: all but how long that took. `unknown_priority`: what
// it asked for, if that is no class.
facts::received received_of(
    const queue::submission& message,
    facts::submitter client,
    facts::protection tls,
    std::string unknown_priority
);

}  // namespace kurir::inbound
