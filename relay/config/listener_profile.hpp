// The properties that a listener gives to its sessions: the parameters behind its address in
// KURIR_LISTEN, such as "?priority=bulk". One value, handed from the listener to the session.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace kurir::config {

enum class mail_priority : std::uint8_t { normal, urgent, bulk };

struct listener_profile {
    mail_priority priority = mail_priority::normal;  // of mail that does not set its own
    bool operator==(const listener_profile&) const = default;
};

// Reads "name=value&name=value", or returns what is wrong with it.
std::optional<std::string> read_listener_profile(std::string_view text, listener_profile& profile);

// The parameters that differ from the defaults, as written in the setting with their "?"; empty if
// none does.
std::string listener_profile_text(const listener_profile& profile);

}  // namespace kurir::config
