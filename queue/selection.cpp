#include "queue/selection.hpp"

#include <algorithm>

#include "relay/base/text.hpp"
#include "relay/base/utc.hpp"

namespace kurir::queue {

namespace {

// Where the domain begins: behind the last "@", because a quoted local part may contain one.
std::size_t domain_of(std::string_view address) {
    const auto at = address.rfind('@');
    return at == std::string_view::npos ? address.size() : at + 1;
}

}  // namespace

bool fits_pattern(std::string_view pattern, std::string_view address) {
    const auto pattern_domain = domain_of(pattern);
    const auto address_domain = domain_of(address);
    if (!base::equal_ignoring_case(pattern.substr(pattern_domain), address.substr(address_domain)))
        return false;
    const auto local = pattern.substr(0, pattern_domain);
    if (local == "*@") return !address.empty();
    return local == address.substr(0, address_domain);
}

bool selection::fits(const delivery& entry) const {
    if (id && entry.id != *id) return false;
    if (destination && entry.domain != *destination) return false;
    if (received_from && entry.received_at < *received_from) return false;
    return !received_before || entry.received_at < *received_before;
}

bool selection::fits(const envelope& mail) const {
    if (reverse_path && !fits_pattern(*reverse_path, mail.reverse_path)) return false;
    return !recipient ||
           std::any_of(mail.recipients.begin(), mail.recipients.end(), [&](const auto& each) {
               return fits_pattern(*recipient, each.address);
           });
}

std::vector<std::uint32_t> selection::chosen(const delivery& entry, const envelope& mail) const {
    if (!recipient) return entry.recipients;
    std::vector<std::uint32_t> chosen;
    for (const auto each : entry.recipients) {
        const bool fits = each < mail.recipients.size() &&
                          fits_pattern(*recipient, mail.recipients[each].address);
        if (fits) chosen.push_back(each);
    }
    return chosen;
}

std::string selection::text() const {
    std::string said;
    const auto add = [&said](std::string_view criterion, const std::string& value) {
        if (!said.empty()) said += ", ";
        said += criterion;
        said += value;
    };
    if (id) add("message ", id->text());
    if (reverse_path) add("sender ", reverse_path->empty() ? "<>" : *reverse_path);
    if (recipient) add("recipient ", *recipient);
    if (destination) add("destination ", *destination);
    if (received_from) add("received since ", base::utc_text(*received_from));
    if (received_before) add("received before ", base::utc_text(*received_before));
    return said.empty() ? "everything" : said;
}

}  // namespace kurir::queue
