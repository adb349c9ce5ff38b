// Changes an envelope by the rules of rewriting. Pure.
//
// The null reverse-path stays what it is: a bounce must not become mail that is answered by one.
#pragma once

#include <optional>
#include <vector>

#include "relay/config/config.hpp"
#include "relay/rewrite/submission.hpp"
#include "relay/smtp/address.hpp"

namespace kurir::rewrite {

struct changed_envelope {
    smtp::path reverse_path;
    std::vector<smtp::mailbox> recipients;  // in the order of the client's
    std::vector<smtp::mailbox> copies;      // KURIR_ALWAYS_BCC
};

// Whether there is any rule for envelopes.
bool changes_envelopes(const config::config& config);

smtp::path changed_reverse_path(
    const config::config& config, const smtp::path& given, const config::mail_query& query
);

changed_envelope change_envelope(const config::config& config, const submission& message);

}  // namespace kurir::rewrite
