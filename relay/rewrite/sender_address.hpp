// What the address of a sender becomes: by KURIR_SENDER_MAP, and then by KURIR_MASQUERADE_DOMAINS.
// Pure.
#pragma once

#include <functional>
#include <optional>

#include "relay/config/config.hpp"
#include "relay/smtp/address.hpp"

namespace kurir::rewrite {

// Nothing if the address stays as it is.
using address_rule = std::function<std::optional<smtp::mailbox>(const smtp::mailbox& address)>;

std::optional<smtp::mailbox> changed_sender(
    const config::config& config, const smtp::mailbox& address
);

}  // namespace kurir::rewrite
