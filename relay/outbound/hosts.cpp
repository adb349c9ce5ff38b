#include "relay/outbound/hosts.hpp"

#include <algorithm>
#include <string_view>

#include "relay/smtp/reply.hpp"

namespace kurir::outbound {

namespace {

constexpr std::uint32_t attempts_enough = 2;

// A refusal of the session defers, whatever its code (reply_meaning.hpp). These defer at other
// stages, too: 53x for credentials, 552 for recipients and full mailboxes.
bool refuses_session(std::string_view text) {
    if (text.starts_with("421 ")) return true;
    return text.starts_with("5") && !text.starts_with("53") && !text.starts_with("552");
}

// Trouble of the host itself: 4.3.x, a connection that it does not keep, or 451 and 452 without a
// status ("local error", "insufficient storage"). Or it refused the session.
bool is_of_host(const queue::recipient_state& before) {
    const auto status = smtp::enhanced_status::parse(before.status);
    if (!status) return false;
    if (status->subject == 3 || status->subject == 4) return true;
    const std::string_view text = before.diagnostic;
    if (refuses_session(text)) return true;
    return status->subject == 0 && (text.starts_with("451 ") || text.starts_with("452 "));
}

}  // namespace

std::shared_ptr<const route> in_turn(std::shared_ptr<const route> hosts, std::uint64_t number) {
    if (std::ranges::none_of(hosts->targets, &target::shares)) return hosts;
    auto turned = std::make_shared<route>(*hosts);
    auto& targets = turned->targets;
    for (auto begin = targets.begin(); begin != targets.end();) {
        const auto end = std::find_if_not(begin + 1, targets.end(), [](const target& each) {
            return each.shares;
        });
        const auto first = number % static_cast<std::uint64_t>(end - begin);
        std::rotate(begin, begin + static_cast<std::ptrdiff_t>(first), end);
        for (auto each = begin; each != end; ++each)
            each->shares = each != begin;
        begin = end;
    }
    return turned;
}

std::optional<first_host> first_host_of(const route& route, const queue::recipient_state* before) {
    if (before == nullptr || before->attempts < attempts_enough || !is_of_host(*before))
        return std::nullopt;
    const auto found = std::ranges::find(route.targets, before->remote, &target::name);
    if (found == route.targets.end()) return std::nullopt;
    if (route.targets.size() == 1) {
        const auto addresses = found->addresses.size();
        if (addresses < 2) return std::nullopt;
        return first_host{.address = (before->attempts + 1 - attempts_enough) % addresses};
    }
    const auto behind = static_cast<std::size_t>(found - route.targets.begin()) + 1;
    return first_host{.target = behind % route.targets.size()};
}

}  // namespace kurir::outbound
