#include "dns/exchange.hpp"

#include <algorithm>
#include <unordered_set>
#include <utility>

namespace kurir::dns {

result<mail_exchange> exchange_of(
    const std::string& domain, const answer& said, std::mt19937& draw
) {
    if (said.error == errc::no_data) return mail_exchange{{{domain, 0}}, true};
    if (said.error) return said.error;

    auto hosts = said.exchanges;
    // RFC 7505 section 3: "." beside other hosts is a mistake, and no host.
    std::erase_if(hosts, [](const mx_host& host) { return host.name.empty(); });
    if (hosts.empty()) return errc::null_mx;

    std::ranges::sort(hosts, {}, &mx_host::preference);
    for (auto first = hosts.begin(); first != hosts.end();) {
        const auto last = std::ranges::upper_bound(
            first, hosts.end(), first->preference, {}, &mx_host::preference
        );
        std::shuffle(first, last, draw);
        first = last;
    }
    // A host that is listed twice is one host, at its best place.
    std::unordered_set<std::string> seen;
    std::erase_if(hosts, [&](const mx_host& host) { return !seen.insert(host.name).second; });
    return mail_exchange{.hosts = std::move(hosts), .cut = said.cut};
}

std::vector<mx_host> without_ourselves(
    std::vector<mx_host> hosts, const std::function<bool(const mx_host&)>& is_ours
) {
    std::uint32_t ours = UINT32_MAX;  // beyond any preference
    for (const auto& host : hosts)
        if (is_ours(host)) ours = std::min<std::uint32_t>(ours, host.preference);
    std::erase_if(hosts, [&](const mx_host& host) { return host.preference >= ours; });
    return hosts;
}

}  // namespace kurir::dns
