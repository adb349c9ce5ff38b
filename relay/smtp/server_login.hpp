// Logging in, as the server's dialogue sees it (RFC 4954): a mechanism is named, and lines of
// base64 go to and fro. What they mean is known to the driver.
#pragma once

#include <cstdint>

namespace kurir::smtp {

// Whether clients can log in, and whether they must.
enum class login_policy : std::uint8_t {
    off,
    offer,
    require,  // who has not logged in can't send
};

// Why a login fails.
enum class login_refusal : std::uint8_t {
    wrong,        // the password, or the name: nobody learns which
    malformed,    // not base64, or not what the mechanism looks like
    busy,         // not found out: the client may try again
    unavailable,  // it can't be found out at present
    shut,         // too many have failed: the session ends
};

}  // namespace kurir::smtp
