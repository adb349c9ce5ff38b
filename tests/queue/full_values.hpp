// Values with all fields set, so that a field that is forgotten anywhere makes a test fail.
#pragma once

#include "queue/message.hpp"

namespace tests {

// What the sample of format 3 holds, so they never change again: fields that are added later are
// set in `full_terms`, `full_extras` and `fill_added_fields`.
inline kurir::queue::delivery_terms terms_of_format_3() {
    const kurir::queue::calendar_time at{std::chrono::milliseconds(1'800'000'100'000)};
    return {
        .route = "ses",
        .credential = "user:billing",
        .require_tls = true,
        .release_at = at,
        .deadline = kurir::queue::delivery_deadline{at + std::chrono::hours(1), false, true},
        .hold = kurir::queue::operator_hold{at, "root", "asked by the customer"},
    };
}

inline kurir::queue::envelope_extras extras_of_format_3() {
    return {
        .envid = "QQ314159",
        .ret = kurir::queue::dsn_return::headers,
        .prefix = "DKIM-Signature: v=1; b=\r\n",
        .body_hashes = {{"sha256/relaxed", std::string(32, '\x80')}, {"sha256/simple", ""}},
        .trace_parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        .trace_state = "congo=t61rcWkgMzE",
        .listener = "submission",
        .idempotency_key = "order-4711",
    };
}

inline void fill_fields_of_format_3(kurir::queue::envelope& mail) {
    mail.recipients.front().dsn = kurir::queue::dsn_wishes{
        .notify = {.success = true, .failure = true, .delay = true},
        .original = "rfc822;A@Old.example",
    };
    mail.recipients.back().dsn = kurir::queue::dsn_wishes{
        .notify = {.never = true},
        .original = "utf-8;\\x{e4}@example.com",
    };
    mail.terms = terms_of_format_3();
    mail.extras = extras_of_format_3();
}

inline kurir::queue::delivery_terms full_terms() {
    return terms_of_format_3();
}

inline kurir::queue::envelope_extras full_extras() {
    return extras_of_format_3();
}

// Sets every field that was added since format 2. `mail` has recipients.
inline void fill_added_fields(kurir::queue::envelope& mail) {
    fill_fields_of_format_3(mail);
    mail.terms = full_terms();
    mail.extras = full_extras();
}

}  // namespace tests
