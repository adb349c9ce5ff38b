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
    if (sessions_of(wanted.network) >= per_client_max_) return verdict::too_many_of_client;
    const bool full = staying() >= sessions_max_;
    if (!wanted.trusted && (full || strangers_.size() >= strangers_max_)) {
        return verdict::too_many_sessions;
    }
    if (full) {
        if (strangers_.empty()) return verdict::too_many_sessions;
        dismiss_oldest();
    }
    wanted.made_room = full;
    wanted.number = ++last_number_;
    if (!wanted.trusted) strangers_.emplace(wanted.number, std::move(ask));
    if (!wanted.network.empty()) ++by_network_[wanted.network];
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
    assert(sessions_ > 0);
    --sessions_;
    forget(left.network);
    if (!left.trusted && strangers_.erase(left.number) == 0) --leaving_;
}

admission::verdict admission::change(
    place& held, const std::string& network, bool trusted, request_to_leave ask
) {
    const std::lock_guard lock(mutex_);
    const bool other = network != held.network;
    if (other && sessions_of(network) >= per_client_max_) return verdict::too_many_of_client;
    // One that was asked to leave does so.
    if (!held.trusted && !strangers_.contains(held.number)) return verdict::too_many_sessions;
    if (held.trusted && !trusted) {
        const bool full = staying() >= sessions_max_;
        if ((full && held.made_room) || strangers_.size() >= strangers_max_) {
            return verdict::too_many_sessions;
        }
        strangers_.emplace(held.number, std::move(ask));
    }
    if (!held.trusted && trusted) strangers_.erase(held.number);
    ++by_network_[network];
    forget(held.network);
    held.network = network;
    held.trusted = trusted;
    return verdict::admitted;
}

std::size_t admission::sessions_of(const std::string& network) const {
    const auto found = by_network_.find(network);
    return found == by_network_.end() ? 0 : found->second;
}

void admission::forget(const std::string& network) {
    if (network.empty()) return;
    const auto found = by_network_.find(network);
    assert(found != by_network_.end());
    if (--found->second == 0) by_network_.erase(found);
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
