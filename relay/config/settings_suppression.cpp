#include "relay/config/settings_suppression.hpp"

#include "relay/config/kinds.hpp"

namespace kurir::config {

namespace {

kind<suppression_table> suppressed_addresses() {
    return {
        .type = "addresses",
        .range = "ADDRESS, *@DOMAIN or DOMAIN [tenant=…] [until=YYYY-MM-DD] [reason=\"…\"] …",
        .read = suppression_table::read,
        .show = [](const suppression_table& table) { return table.text; },
    };
}

}  // namespace

std::vector<setting> settings_of_suppression() {
    using c = config;
    return {
        row({"KURIR_SUPPRESSION",
             "reject",
             "What becomes of a recipient that is on the suppression list: reject refuses it at "
             "RCPT; bounce takes the message, and its sender gets a bounce; off: the list does not "
             "count.",
             at_reload},
            &c::suppression,
            one_of({"reject", "bounce", "off"})),
        row({"KURIR_SUPPRESSION_LIST",
             "",
             "Addresses and domains that must not get mail, beside those that are kept in the "
             "queue "
             "folder: lines, or separated by ;. See \"Who must not get mail\".",
             at_reload},
            &c::suppression_list,
            suppressed_addresses()),
    };
}

}  // namespace kurir::config
