// The message that `kurir send-test` sends.
#pragma once

#include <string>

#include "relay/base/result.hpp"
#include "relay/base/utc.hpp"
#include "relay/dkim/message_signer.hpp"

namespace kurir::app {

struct test_envelope {
    std::string sender;
    std::string recipient;
    std::string hostname;           // ours
    std::string unique;             // of this message; letters and digits
    base::sys_milliseconds time{};  // of day
};

// Header and body, with CRLF. Pure.
std::string test_message(const test_envelope& envelope);

// The signatures of `text`, to be put in front of it, and the domains and selectors in `described`.
// Empty without a key for it. The error is a sentence.
struct test_signatures {
    std::string fields = {};
    std::string described = {};
};
base::result<test_signatures, std::string> sign_test(
    const dkim::message_signer& signer, const test_envelope& envelope, const std::string& text
);

}  // namespace kurir::app
