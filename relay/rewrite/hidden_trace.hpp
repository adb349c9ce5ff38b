// Received fields that name no client and no inner host: KURIR_HIDE_CLIENT. Pure.
//
// A field that came with the message is replaced, not removed: the number of Received fields is how
// loops are found (RFC 5321 section 6.3).
#pragma once

#include <string>
#include <string_view>

namespace kurir::rewrite {

// The whole field in place of one with this value. `date` is taken if that has none.
std::string hidden_received(
    std::string_view value, std::string_view hostname, std::string_view date
);

}  // namespace kurir::rewrite
