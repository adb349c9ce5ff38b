// Values with something in each of their fields: a field that is forgotten anywhere shows.
#pragma once

#include "queue/message.hpp"

namespace tests {

inline kurir::queue::delivery_terms full_terms() {
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

inline kurir::queue::envelope_extras full_extras() {
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

// Sets the fields that format 3 has added. `mail` has recipients.
inline void fill_added_fields(kurir::queue::envelope& mail) {
    mail.recipients.front().dsn = kurir::queue::dsn_wishes{
        .notify = {.success = true, .failure = true, .delay = true},
        .original = "rfc822;A@Old.example",
    };
    mail.recipients.back().dsn = kurir::queue::dsn_wishes{
        .notify = {.never = true},
        .original = "utf-8;\\x{e4}@example.com",
    };
    mail.terms = full_terms();
    mail.extras = full_extras();
}

}  // namespace tests
