#include "relay/inbound/admission.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

namespace kurir::inbound {

namespace {

using boost::asio::ip::address;
using boost::asio::ip::address_v6;

std::string first_64_bits(const address_v6& full) {
    auto bytes = full.to_bytes();
    std::fill(bytes.begin() + 8, bytes.end(), std::uint8_t{0});
    return address_v6(bytes).to_string() + "/64";
}

}  // namespace

std::string client_network(const address& address) {
    return address.is_v6() ? first_64_bits(address.to_v6()) : address.to_string();
}

std::size_t strangers_share(std::size_t sessions_max, std::uint64_t descriptors_max) noexcept {
    const auto share = std::min<std::uint64_t>(sessions_max / 4, descriptors_max / 4);
    return std::max<std::size_t>(share, 1);
}

admission::verdict admission::enter(place& wanted, request_to_leave ask) {
    const std::lock_guard lock(mutex_);
    const auto of_client = by_network_.find(wanted.network);
    if (of_client != by_network_.end() && of_client->second >= per_client_max_) {
        return verdict::too_many_of_client;
    }
    const bool full = staying() >= sessions_max_;
    if (!wanted.trusted && (full || strangers_.size() >= strangers_max_)) {
        return verdict::too_many_sessions;
    }
    if (full) {
        if (strangers_.empty()) return verdict::too_many_sessions;
        dismiss_oldest();
    }
    wanted.number = ++last_number_;
    if (!wanted.trusted) strangers_.emplace(wanted.number, std::move(ask));
    ++by_network_[wanted.network];
    ++sessions_;
    return verdict::admitted;
}

void admission::dismiss_oldest() {
    const auto oldest = strangers_.begin();
    oldest->second(oldest->first);
    strangers_.erase(oldest);
    ++leaving_;
}

void admission::leave(const place& left) {
    const std::lock_guard lock(mutex_);
    const auto found = by_network_.find(left.network);
    assert(found != by_network_.end() && sessions_ > 0);
    --sessions_;
    if (--found->second == 0) by_network_.erase(found);
    if (!left.trusted && strangers_.erase(left.number) == 0) --leaving_;
}

void admission::make_room(std::size_t count) {
    const std::lock_guard lock(mutex_);
    for (; count > 0 && !strangers_.empty(); --count)
        dismiss_oldest();
}

std::size_t admission::sessions() const {
    const std::lock_guard lock(mutex_);
    return sessions_;
}

}  // namespace kurir::inbound
