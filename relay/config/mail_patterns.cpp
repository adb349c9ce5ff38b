#include "relay/config/mail_patterns.hpp"

namespace kurir::config {

bool domain_matches(std::string_view pattern, std::string_view domain) noexcept {
    if (pattern == "*" || pattern == domain) return true;
    const bool is_wildcard = pattern.starts_with("*.");
    return is_wildcard && domain.size() >= pattern.size() && domain.ends_with(pattern.substr(1));
}

bool sender_matches(std::string_view pattern, std::string_view sender) noexcept {
    constexpr std::string_view null_sender = "<>";
    if (pattern == "*") return true;
    if (sender.empty() || pattern == null_sender) return sender.empty() && pattern == null_sender;
    const auto at = sender.rfind('@');
    const auto domain = at == std::string_view::npos ? sender : sender.substr(at + 1);
    if (pattern.starts_with('@')) return pattern.substr(1) == domain;
    if (pattern.starts_with("*.")) return domain_matches(pattern, domain);
    return pattern == sender;
}

}  // namespace kurir::config
