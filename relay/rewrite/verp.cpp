#include "relay/rewrite/verp.hpp"

#include <algorithm>

#include "relay/base/text.hpp"
#include "relay/config/mail_patterns.hpp"

namespace kurir::rewrite {

namespace {

// Octets, without the brackets of a path (RFC 5321 section 4.5.3.1).
constexpr std::size_t local_part_max = 64;
constexpr std::size_t path_max = 254;

// Local-part and domain of an address that can be taken apart and put together without quotes.
std::optional<std::pair<std::string_view, std::string_view>> parts_of(std::string_view address) {
    const auto at = address.rfind('@');
    if (at == std::string_view::npos || at == 0 || at + 1 == address.size()) return std::nullopt;
    if (address.front() == '"' || address[at + 1] == '[') return std::nullopt;
    return std::pair(address.substr(0, at), address.substr(at + 1));
}

}  // namespace

bool has_verp(const std::vector<std::string>& senders, std::string_view reverse_path) {
    if (senders.empty() || reverse_path.empty()) return false;
    const auto wanted = base::lowered(reverse_path);
    return std::ranges::any_of(senders, [&](const std::string& pattern) {
        return config::sender_matches(pattern, wanted);
    });
}

std::optional<std::string> verp_path(std::string_view reverse_path, std::string_view recipient) {
    const auto sender = parts_of(reverse_path);
    const auto target = parts_of(recipient);
    if (!sender || !target) return std::nullopt;
    const auto local_part = sender->first.size() + target->first.size() + target->second.size() + 2;
    if (local_part > local_part_max) return std::nullopt;
    if (local_part + 1 + sender->second.size() > path_max) return std::nullopt;
    std::string path(sender->first);
    path.append("+").append(target->first).append("=").append(target->second);
    return path.append("@").append(sender->second);
}

}  // namespace kurir::rewrite
