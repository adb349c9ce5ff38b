// KURIR_LISTEN: where mail is taken, and which priority it has there.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "relay/config/config.hpp"

namespace kurir::config {

// "address:port" and "address:port?priority=bulk", several; what is wrong with them otherwise.
std::optional<std::string> read_listeners(std::string_view text, std::vector<listen_address>& into);

// One as one would write it.
std::string listener_text(const listen_address& from);

}  // namespace kurir::config
