// The hold of a message that is being handed over to another relay. It is durable before the other
// relay gets the message: whoever dies then, the message is not sent by both. Pure.
//
// It also says under which host name the message was handed over (relay/control/EXPORT.md,
// `origin`), because the host name may be another one after a restart, and how the message was held
// before.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "queue/terms.hpp"

namespace kurir::app {

struct handover_mark {
    std::string peer;                                           // HOST:PORT of the other relay
    std::string hostname;                                       // of the origin
    std::optional<queue::operator_hold> before = std::nullopt;  // the hold that it had

    bool operator==(const handover_mark&) const = default;
};

// Who holds what was not held before.
inline constexpr std::string_view handover_operator = "KURIR_HANDOVER";

// The hold that has the mark. The reason of the hold before loses what is beyond
// `queue::longest::reason`; nothing if there is no room for peer and host name.
std::optional<queue::operator_hold> hold_of(const handover_mark& mark, queue::calendar_time now);
// Nothing: the hold is another one.
std::optional<handover_mark> mark_in(const queue::operator_hold& hold);

// `kurir queue move` may have given the message to another relay than `peer` (HOST:PORT), which
// knows it by the name that it had here.
bool may_be_elsewhere(const queue::operator_hold& hold, std::string_view peer);

// "relay:9926" of "https://relay:9926".
std::string peer_of(std::string_view base_url);

// How others call one relay and no other. KURIR_HOSTNAME may be that of all replicas.
struct relay_names {
    std::string machine;  // as qualified as it is known; in Kubernetes "kurir-0.kurir.mail.svc"
    std::optional<unsigned> admin_port = std::nullopt;  // of KURIR_ADMIN_LISTEN
};

// "kurir-0:9926" and "kurir-0.kurir" name the pod "kurir-0.kurir.mail.svc".
bool names_relay(std::string_view place, const relay_names& ours);

// The hold of a message that `ours` adopts, and has not got yet. A mark of a hand-over or of
// `kurir queue move` that names `ours` ends. Another one stays, but is a mark of this relay no
// more: it was not this relay that handed the message over.
std::optional<queue::operator_hold> adopted_hold(
    const std::optional<queue::operator_hold>& hold, const relay_names& ours
);

}  // namespace kurir::app
