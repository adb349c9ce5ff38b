#include "relay/config/settings_permissions.hpp"

#include "relay/config/kinds.hpp"
#include "relay/config/single_kinds.hpp"

namespace kurir::config {

std::vector<setting> settings_of_permissions() {
    using c = config;
    return {
        row({"KURIR_PERMISSIONS",
             "",
             "Who may send what: lines, or separated by ;, of which the first counts whose subject "
             "the client is. See \"Who may send what\".",
             at_reload},
            &c::permissions,
            sending_permissions()),
        row({"KURIR_ALLOWED_SENDER_DOMAINS",
             "",
             "The domains of senders that everyone may use, in the envelope and in From:. Unset: "
             "any.",
             at_reload},
            &c::allowed_sender_domains,
            domain_patterns()),
        row({"KURIR_ALLOWED_RECIPIENT_DOMAINS",
             "",
             "The domains to which everyone may send. Unset: any.",
             at_reload},
            &c::allowed_recipient_domains,
            domain_patterns()),
        row({"KURIR_RUNAWAY",
             "off",
             "Defer the mail of a user, a certificate or a client that sends so many times more in "
             "an hour than in the busiest hour of its last week.",
             at_reload},
            &c::runaway,
            runaway_factor()),
    };
}

}  // namespace kurir::config
