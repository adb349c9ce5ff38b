#include "relay/config/settings_rewrite.hpp"

#include <algorithm>

#include "relay/base/text.hpp"
#include "relay/config/kinds.hpp"
#include "relay/config/single_kinds.hpp"

namespace kurir::config {
namespace {

// A type that reads rules and shows them.
template <class Rules>
kind<Rules> rules_of(
    std::string_view type, std::string range, problem (*read)(std::string_view text, Rules& value)
) {
    return {
        .type = type,
        .range = std::move(range),
        .read = read,
        .show = [](const Rules& rules) { return rules.text(); },
    };
}

kind<std::vector<std::string>> sender_patterns() {
    return {
        .type = "senders",
        .range = "address, @example.com, *.example.com, * …",
        .read = [](std::string_view text, std::vector<std::string>& value) -> problem {
            for (const auto word : words(text)) {
                if (auto wrong = check_sender_pattern(word)) return wrong;
                if (word == "<>") return "has <>, but the null reverse-path has no other form";
                value.push_back(base::lowered(word));
            }
            return std::nullopt;
        },
        .show = [](const std::vector<std::string>& senders) { return joined(senders, same_text); },
    };
}

}  // namespace

std::vector<setting> settings_of_rewriting() {
    using c = config;
    return {
        row({"KURIR_MASQUERADE_DOMAINS",
             "",
             "Domains that hide the names of the hosts below them in addresses of senders: "
             "app@web1.example.com becomes app@example.com. !domain stays. See \"Rewriting\".",
             at_reload},
            &c::masquerade_domains,
            rules_of<masquerade>("domains", "example.com, !lists.example.com …", masquerade::read)),
        row({"KURIR_FORCE_FROM",
             "",
             "The sender of all mail, in From: and in the envelope: an address, or Name <address>. "
             "With from=, user= or client= in front it counts for some mail only; keep leaves the "
             "sender.",
             at_reload},
            &c::force_from,
            rules_of<from_rules>(
                "rules", "from=, user=, client= … address, Name <address> or keep", from_rules::read
            )),
        row({"KURIR_SENDER_MAP",
             "",
             "Addresses of senders by others, in the envelope and in From:, Sender:, Reply-To: and "
             "their like.",
             at_reload},
            &c::sender_map,
            rules_of<address_map>(
                "map",
                "address, @domain, *.domain, name@* or * -> address or @domain …",
                address_map::read_senders
            )),
        row({"KURIR_RECIPIENT_MAP",
             "",
             "Addresses of recipients by others, in the envelope. With 251 the client is told the "
             "new address, with 551 it is refused with it.",
             at_reload},
            &c::recipient_map,
            rules_of<address_map>(
                "map",
                "address, @domain, *.domain, name@* or * -> 251, 551 or nothing, address or "
                "@domain "
                "…",
                address_map::read_recipients
            )),
        row({"KURIR_HEADERS",
             "",
             "Fields that are added to messages, set in them or removed from them, a rule on each "
             "line.",
             at_reload},
            &c::headers,
            rules_of<header_rules>(
                "rules",
                "from=, user=, client= … add, set or prepend Name: value; remove Name or Name*",
                header_rules::read
            )),
        row({"KURIR_ALWAYS_BCC",
             "",
             "Who gets a blind copy of each message. With from=, user= or client= in front: of "
             "some.",
             at_reload},
            &c::always_bcc,
            rules_of<copy_rules>("rules", "from=, user=, client= … addresses", copy_rules::read)),
        row({"KURIR_HIDE_CLIENT",
             "off",
             "Leave addresses and names of clients and inner hosts out of Received: fields, ours "
             "and those that messages bring.",
             at_reload},
            &c::hide_client,
            on_or_off()),
        row({"KURIR_VERP",
             "",
             "Senders whose reverse-path names the recipient, so that each bounce does: "
             "news+jane=example.org@example.com. Each recipient then gets a transaction of its "
             "own.",
             at_reload},
            &c::verp,
            sender_patterns()),
    };
}

}  // namespace kurir::config
