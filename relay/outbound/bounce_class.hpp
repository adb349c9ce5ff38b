// The reason of a failure, as one of a few classes that an operator can count.
#pragma once

#include <string_view>

#include "metrics/labels.hpp"
#include "relay/smtp/reply.hpp"

namespace kurir::outbound {

// From the enhanced status, else from common words. `code` is the reply's, 0 without a reply.
metrics::bounce_reason bounce_class(
    const smtp::enhanced_status& status, int code, std::string_view text
);

}  // namespace kurir::outbound
