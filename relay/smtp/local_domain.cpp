#include "relay/smtp/local_domain.hpp"

#include "relay/base/text.hpp"

namespace kurir::smtp {

namespace {

bool ends_ignoring_case(std::string_view text, std::string_view suffix) noexcept {
    return text.size() >= suffix.size() &&
           base::equal_ignoring_case(text.substr(text.size() - suffix.size()), suffix);
}

// The name that every machine gives itself.
bool is_localhost(std::string_view domain) noexcept {
    return base::equal_ignoring_case(domain, "localhost") ||
           base::equal_ignoring_case(domain, "localhost.localdomain");
}

}  // namespace

bool is_full_domain(std::string_view domain) noexcept {
    if (domain.starts_with('[')) return true;
    return domain.find('.') != std::string_view::npos &&
           !ends_ignoring_case(domain, ".localdomain");
}

std::string full_domain(std::string_view domain, std::string_view local_domain, address_role role) {
    if (is_full_domain(domain)) return std::string(domain);
    if (local_domain.empty()) return {};
    const std::string local = base::lowered(local_domain);
    if (domain.empty() || is_localhost(domain) || role == address_role::sender) return local;
    return base::lowered(domain.substr(0, domain.find('.'))) + '.' + local;
}

}  // namespace kurir::smtp
