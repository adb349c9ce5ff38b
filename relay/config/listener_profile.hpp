// The properties that a listener gives to its sessions: the parameters behind its address in
// KURIR_LISTEN, such as "?priority=bulk". One value, handed from the listener to the session.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "relay/config/network.hpp"

namespace kurir::config {

enum class mail_priority : std::uint8_t { normal, urgent, bulk };

// What a listener does about TLS.
enum class listener_tls : std::uint8_t {
    off,
    offer,     // by STARTTLS
    require,   // nothing else is done before STARTTLS
    implicit,  // TLS from the first byte
};

// What a listener does about logins.
enum class listener_auth : std::uint8_t {
    off,
    offer,    // by AUTH
    require,  // nobody else may send
};

struct listener_profile {
    mail_priority priority = mail_priority::normal;  // of mail that does not set its own
    std::optional<listener_tls> tls = {};            // none: not said, which means off in the end
    std::optional<listener_auth> auth = {};          // the same

    // Proxies: each of their connections begins with a PROXY header, which names the client.
    network_set proxies = {};
    std::string name = {};  // for logs; empty: none

    listener_tls used_tls() const noexcept { return tls.value_or(listener_tls::off); }
    listener_auth used_auth() const noexcept { return auth.value_or(listener_auth::off); }
    bool operator==(const listener_profile&) const = default;
};

// Reads "name=value&name=value", or returns what is wrong with it.
std::optional<std::string> read_listener_profile(std::string_view text, listener_profile& profile);

// The parameters that differ from the defaults, as written in the setting with their "?"; empty if
// none does.
std::string listener_profile_text(const listener_profile& profile);

}  // namespace kurir::config
