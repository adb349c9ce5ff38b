#include "relay/inbound/repetition.hpp"

#include <algorithm>
#include <unordered_set>

#include "relay/sasl/digest.hpp"

namespace kurir::inbound {

namespace {

// No name of an import begins so: they begin with a host name.
constexpr std::string_view prefix = "key ";

}  // namespace

std::vector<std::string> names_of(
    std::string_view key, std::string_view credential, const smtp::server_transaction& opened
) {
    const auto& sender = opened.reverse_path.address;
    std::string common;
    // NUL is in none of them.
    for (const auto part : {key, credential, sender ? std::string_view(sender->domain) : ""})
        common.append(part) += '\0';
    std::vector<std::string> names;
    names.reserve(opened.recipients.size());
    for (const auto& each : opened.recipients)
        names.push_back(std::string(prefix) + sasl::sha256(common + each.text()));
    return names;
}

repetition repetition_of(const queue::named_messages& found) {
    repetition made;
    for (const auto& each : found) {
        made.known.push_back(each.has_value());
        if (!made.id) made.id = each;
    }
    made.is_whole = made.id && std::ranges::all_of(made.known, [](bool each) { return each; });
    return made;
}

std::vector<std::string> new_names(std::vector<std::string> names, const std::vector<bool>& known) {
    std::vector<std::string> made;
    std::unordered_set<std::string_view> seen;
    for (std::size_t at = 0; at < names.size(); ++at) {
        if (!known[at] && seen.insert(names[at]).second) made.push_back(names[at]);
    }
    return made;
}

}  // namespace kurir::inbound
