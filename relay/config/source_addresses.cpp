#include "relay/config/source_addresses.hpp"

#include <algorithm>

#include "relay/base/numeric_address.hpp"
#include "relay/base/text.hpp"
#include "relay/config/addresses.hpp"
#include "relay/config/units.hpp"
#include "relay/config/words.hpp"

namespace kurir::config {
namespace {

namespace ip = boost::asio::ip;

// Why nothing can be sent from an address; empty: it can.
std::string_view unfit(const ip::address& address) {
    if (address.is_unspecified()) return "which is no address of one machine";
    if (address.is_multicast()) return "which is a multicast address";
    if (address.is_v4()) {
        const bool everybody = address.to_v4() == ip::address_v4::broadcast();
        return everybody ? "which is the broadcast address" : "";
    }
    if (address.to_v6().is_v4_mapped()) return "which is an IPv4 address; write it as one";
    if (address.to_v6().is_link_local()) return "from which only neighbours can be reached";
    return "";
}

std::optional<std::string> read_one(std::string_view word, source_address& value) {
    auto rest = word;
    if (const auto star = rest.rfind('*'); star != std::string_view::npos) {
        const auto weight = number_of(rest.substr(star + 1));
        if (!weight || *weight == 0 || *weight > source_weight_max) {
            return "has " + in_quotes(word) + ", whose weight is not a number from 1 to " +
                   std::to_string(source_weight_max);
        }
        value.weight = static_cast<std::uint32_t>(*weight);
        rest = rest.substr(0, star);
    }
    if (const auto equals = rest.find('='); equals != std::string_view::npos) {
        value.name = base::lowered(rest.substr(equals + 1));
        if (!is_host_name(value.name) || value.name.find('.') == std::string::npos) {
            return "has " + in_quotes(word) +
                   ", where no full host name such as mail1.example.com follows the =";
        }
        rest = rest.substr(0, equals);
    }
    if (rest.size() > 2 && rest.front() == '[' && rest.back() == ']') {
        rest = rest.substr(1, rest.size() - 2);
    }
    const auto address = base::numeric_address(rest);
    if (!address) {
        return "has " + in_quotes(word) + "; write address, address=name or address=name*weight";
    }
    if (const auto why = unfit(*address); !why.empty()) {
        return "has " + in_quotes(word) + ", " + std::string(why);
    }
    value.address = *address;
    return std::nullopt;
}

}  // namespace

std::optional<std::string> read_source_addresses(std::string_view text, source_addresses& value) {
    source_addresses all;
    for (const auto word : words(text)) {
        source_address each;
        if (auto wrong = read_one(word, each)) return wrong;
        if (std::ranges::find(all, each.address, &source_address::address) != all.end()) {
            return "has " + each.address.to_string() + " twice";
        }
        all.push_back(std::move(each));
    }
    if (all.size() > source_addresses_max) {
        return "has more than " + std::to_string(source_addresses_max) + " addresses";
    }
    value = std::move(all);
    return std::nullopt;
}

std::string source_addresses_text(const source_addresses& sources) {
    std::string text;
    for (const auto& [address, name, weight] : sources) {
        if (!text.empty()) text += ',';
        text += address.to_string();
        if (!name.empty()) text.append("=").append(name);
        if (weight != 1) text.append("*").append(std::to_string(weight));
    }
    return text;
}

source_addresses with_names(source_addresses sources, const source_addresses& known) {
    for (auto& each : sources) {
        const auto found = std::ranges::find(known, each.address, &source_address::address);
        if (each.name.empty() && found != known.end()) each.name = found->name;
    }
    return sources;
}

}  // namespace kurir::config
