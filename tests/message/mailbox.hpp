// Mailboxes as tests write them.
#pragma once

#include <string_view>

#include "relay/smtp/address.hpp"

namespace tests {

inline kurir::smtp::mailbox mailbox(std::string_view text) {
    return *kurir::smtp::parse_mailbox(text, true).value;
}

}  // namespace tests
