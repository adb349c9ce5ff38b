#include "relay/outbound/hosts.hpp"

#include <algorithm>
#include <string_view>

#include "relay/smtp/reply.hpp"

namespace kurir::outbound {

namespace {

constexpr std::uint32_t attempts_enough = 2;

// Trouble of the host itself: 4.3.x, a connection that it does not keep, or 451 and 452 without a
// status ("local error", "insufficient storage").
bool is_of_host(const queue::recipient_state& before) {
    const auto status = smtp::enhanced_status::parse(before.status);
    if (!status) return false;
    if (status->subject == 3 || status->subject == 4) return true;
    const std::string_view text = before.diagnostic;
    return status->subject == 0 && (text.starts_with("451 ") || text.starts_with("452 "));
}

}  // namespace

std::optional<std::size_t> first_target(const route& where, const queue::recipient_state* before) {
    if (before == nullptr || before->attempts < attempts_enough || !is_of_host(*before))
        return std::nullopt;
    const auto found = std::ranges::find(where.targets, before->remote, &target::name);
    if (found == where.targets.end() || where.targets.size() == 1) return std::nullopt;
    const auto behind = static_cast<std::size_t>(found - where.targets.begin()) + 1;
    return behind % where.targets.size();
}

}  // namespace kurir::outbound
