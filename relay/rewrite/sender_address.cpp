#include "relay/rewrite/sender_address.hpp"

#include <string>
#include <utility>

namespace kurir::rewrite {

std::optional<smtp::mailbox> changed_sender(
    const config::config& config, const smtp::mailbox& address
) {
    auto changed = address;
    if (auto mapped = config.sender_map.find(address)) changed = std::move(mapped->address);
    changed.domain = std::string(config.masquerade_domains.shown(changed.domain));
    if (changed == address) return std::nullopt;
    return changed;
}

}  // namespace kurir::rewrite
