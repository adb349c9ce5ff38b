#include "relay/inbound/gateway_watch.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "relay/base/open_file.hpp"
#include "relay/base/text.hpp"
#include "relay/config/words.hpp"

namespace kurir::inbound {

namespace {

namespace ip = boost::asio::ip;
using namespace std::chrono_literals;

constexpr std::size_t sessions_before_warning = 20;
constexpr auto warning_interval = 24h;

// In the order of bytes of this machine, as the kernel prints it.
std::optional<ip::address> ipv4_gateway(const std::vector<std::string_view>& columns) {
    if (columns.size() < 8 || columns[1] != "00000000" || columns[7] != "00000000") return {};
    const auto word = base::parse_number<std::uint32_t>(columns[2], 16);
    if (!word || *word == 0) return {};
    ip::address_v4::bytes_type bytes;
    static_assert(sizeof(*word) == sizeof(bytes));
    std::copy_n(reinterpret_cast<const unsigned char*>(&*word), bytes.size(), bytes.begin());
    return ip::address_v4(bytes);
}

std::optional<ip::address> ipv6_gateway(const std::vector<std::string_view>& columns) {
    if (columns.size() < 5 || columns[1] != "00" || columns[4].size() != 32) return {};
    ip::address_v6::bytes_type bytes;
    for (std::size_t at = 0; at < bytes.size(); ++at) {
        const auto byte = base::parse_number<std::uint8_t>(columns[4].substr(2 * at, 2), 16);
        if (!byte) return {};
        bytes[at] = *byte;
    }
    const ip::address_v6 address(bytes);
    if (address.is_unspecified()) return {};
    return address;
}

template <class Gateway>
void collect(std::string_view table, Gateway gateway_of, std::vector<ip::address>& into) {
    while (!table.empty()) {
        const auto line = table.substr(0, table.find('\n'));
        table.remove_prefix(std::min(line.size() + 1, table.size()));
        if (const auto found = gateway_of(config::words(line))) into.push_back(*found);
    }
}

}  // namespace

std::vector<ip::address> default_gateways(std::string_view route, std::string_view ipv6_route) {
    std::vector<ip::address> found;
    collect(route, ipv4_gateway, found);
    collect(ipv6_route, ipv6_gateway, found);
    return found;
}

std::vector<ip::address> default_gateways() {
    return default_gateways(
        base::content_of("/proc/net/route"), base::content_of("/proc/net/ipv6_route")
    );
}

bool gateway_watch::must_warn(const ip::address& client, net::clock::time_point now) {
    if (!watching() || client.is_loopback()) return false;
    if (std::ranges::find(gateways_, client) == gateways_.end()) {
        gateways_.clear();
        remember(std::nullopt);
        return false;
    }
    ++sessions_;
    if (sessions_ < sessions_before_warning) return false;
    if (sessions_ == sessions_before_warning) remember(client);
    if (sessions_ > sessions_before_warning && now < next_warning_) return false;
    next_warning_ = now + warning_interval;
    return true;
}

std::optional<ip::address> gateway_watch::only_client() const {
    const std::lock_guard lock(mutex_);
    return only_client_;
}

void gateway_watch::remember(const std::optional<ip::address>& client) {
    const std::lock_guard lock(mutex_);
    only_client_ = client;
}

}  // namespace kurir::inbound
