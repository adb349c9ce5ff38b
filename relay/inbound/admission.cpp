#include "relay/inbound/admission.hpp"

#include <algorithm>
#include <cassert>

#include "relay/config/network.hpp"

namespace kurir::inbound {

namespace {

using boost::asio::ip::address;
using boost::asio::ip::address_v6;

std::string first_64_bits(const address_v6& full) {
    auto bytes = full.to_bytes();
    std::fill(bytes.begin() + 8, bytes.end(), std::uint8_t{0});
    return address_v6(bytes).to_string() + "/64";
}

struct private_network {
    const char* base;
    unsigned base_bits;
    unsigned usual_bits;  // how such networks are commonly cut
};

constexpr private_network private_networks[] = {
    {"10.0.0.0", 8, 16}, {"172.16.0.0", 12, 16}, {"192.168.0.0", 16, 24}
};

std::string first_bits(const address& full, unsigned bits) {
    const std::uint32_t mask = ~std::uint32_t{0} << (32 - bits);
    const boost::asio::ip::address_v4 base(full.to_v4().to_uint() & mask);
    return base.to_string() + '/' + std::to_string(bits);
}

}  // namespace

std::string client_network(const address& address) {
    return address.is_v6() ? first_64_bits(address.to_v6()) : address.to_string();
}

std::string admitting_setting(const address& address) {
    std::string value = address.to_string();
    if (address.is_v4()) {
        for (const auto& known : private_networks) {
            config::network network;
            network.base = boost::asio::ip::make_address(known.base);
            network.prefix_length = known.base_bits;
            if (network.contains(address)) value = first_bits(address, known.usual_bits);
        }
    } else if ((address.to_v6().to_bytes()[0] & 0xfe) == 0xfc) {  // RFC 4193
        value = first_64_bits(address.to_v6());
    }
    return "KURIR_TRUSTED_NETWORKS=" + value;
}

admission::verdict admission::enter(const std::string& network) {
    const std::lock_guard lock(mutex_);
    if (sessions_ >= sessions_max_) return verdict::too_many_sessions;
    std::size_t& of_client = by_network_[network];
    if (of_client >= per_client_max_) return verdict::too_many_of_client;
    ++of_client;
    ++sessions_;
    return verdict::admitted;
}

void admission::leave(const std::string& network) {
    const std::lock_guard lock(mutex_);
    const auto found = by_network_.find(network);
    assert(found != by_network_.end() && sessions_ > 0);
    --sessions_;
    if (--found->second == 0) by_network_.erase(found);
}

std::size_t admission::sessions() const {
    const std::lock_guard lock(mutex_);
    return sessions_;
}

}  // namespace kurir::inbound
