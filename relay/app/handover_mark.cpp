#include "relay/app/handover_mark.hpp"

#include "relay/base/text.hpp"

namespace kurir::app {

namespace {

constexpr std::string_view handed_over_to = "handed over to ";
constexpr std::string_view under_name = " as ";
constexpr std::string_view held_until_then = ", held before: ";
constexpr std::string_view moved_to = "moved to ";  // of `kurir queue move`
constexpr std::string_view adopted = "adopted: ";

std::string cut_reason(std::string text) {
    if (text.size() > queue::longest::reason) text.resize(queue::longest::reason);
    return text;
}

// The relay of a mark of `kurir queue move`: "moved to HOST" or "moved to HOST (because)".
std::string_view moved_place(std::string_view reason) {
    if (!reason.starts_with(moved_to)) return {};
    reason.remove_prefix(moved_to.size());
    return reason.substr(0, reason.find(" ("));
}

}  // namespace

std::optional<queue::operator_hold> hold_of(const handover_mark& mark, queue::calendar_time now) {
    auto reason = std::string(handed_over_to).append(mark.peer).append(under_name);
    reason += mark.hostname;
    if (mark.before) reason += held_until_then;
    if (reason.size() > queue::longest::reason) return std::nullopt;
    if (!mark.before) return queue::operator_hold{now, std::string(handover_operator), reason};
    return queue::operator_hold{
        mark.before->since, mark.before->operator_name, cut_reason(reason + mark.before->reason)
    };
}

std::optional<handover_mark> mark_in(const queue::operator_hold& hold) {
    std::string_view text = hold.reason;
    if (!text.starts_with(handed_over_to)) return std::nullopt;
    text.remove_prefix(handed_over_to.size());
    const auto name = text.find(under_name);
    if (name == std::string_view::npos) return std::nullopt;
    handover_mark mark{.peer = std::string(text.substr(0, name)), .hostname = {}};
    text.remove_prefix(name + under_name.size());
    const auto before = text.find(held_until_then);
    mark.hostname = text.substr(0, before);
    if (before != std::string_view::npos) {
        mark.before = queue::operator_hold{
            hold.since,
            hold.operator_name,
            std::string(text.substr(before + held_until_then.size())),
        };
    }
    if (mark.peer.empty() || mark.hostname.empty()) return std::nullopt;
    return mark;
}

std::string peer_of(std::string_view base_url) {
    const auto scheme = base_url.find("://");
    return std::string(base_url.substr(scheme == std::string_view::npos ? 0 : scheme + 3));
}

bool may_be_elsewhere(const queue::operator_hold& hold, std::string_view peer) {
    const auto place = moved_place(hold.reason);
    return !place.empty() && place != peer.substr(0, peer.rfind(':'));
}

bool names_relay(std::string_view place, const relay_names& ours) {
    const auto colon = place.rfind(':');
    const bool has_port = colon != std::string_view::npos && place.find(']', colon) == place.npos &&
                          place.find_first_not_of("0123456789", colon + 1) == place.npos;
    if (has_port) {
        const auto port = base::parse_number<unsigned>(place.substr(colon + 1));
        if (!ours.admin_port || port != ours.admin_port) return false;
        place = place.substr(0, colon);
    }
    const auto host = base::lowered(place);
    const auto machine = base::lowered(ours.machine);
    return !host.empty() && (host == machine || machine.starts_with(host + '.'));
}

std::optional<queue::operator_hold> adopted_hold(
    const std::optional<queue::operator_hold>& hold, const relay_names& ours
) {
    if (!hold) return std::nullopt;
    const auto mark = mark_in(*hold);
    const auto moved = moved_place(hold->reason);
    if (mark && names_relay(mark->peer, ours)) return mark->before;
    if (!moved.empty() && names_relay(moved, ours)) return std::nullopt;
    if (!mark && moved.empty()) return hold;
    auto kept = *hold;
    kept.reason = cut_reason(std::string(adopted) + kept.reason);
    return kept;
}

}  // namespace kurir::app
