// The types of setting that only one setting has.
#include <algorithm>
#include <iterator>

#include "relay/config/addresses.hpp"
#include "relay/config/coverage.hpp"
#include "relay/config/kinds.hpp"
#include "relay/config/listeners.hpp"
#include "relay/config/words.hpp"

namespace kurir::config {
namespace {

using problem = std::optional<std::string>;

std::string joined(const auto& values, auto text_of) {
    std::string text;
    for (const auto& value : values) {
        if (!text.empty()) text += ' ';
        text += text_of(value);
    }
    return text;
}

std::string networks_text(const network_set& set) {
    return set.empty() ? "none"
                       : joined(set.networks(), [](const auto& each) { return each.text(); });
}

std::string no_network(std::string_view word) {
    return "has '" + std::string(word) +
           "', which is no network; write CIDR without host bits, such "
           "as 10.0.0.0/8, or " +
           joined(network_words(), [](const auto& known) { return known.word; });
}

// The word open-relay, and networks.
problem read_trusted(std::string_view text, config& into) {
    constexpr std::string_view confirmation = "open-relay";
    into.trusted_networks = {};
    into.open_relay = false;
    for (const auto word : words(text)) {
        if (word == confirmation) {
            into.open_relay = true;
        } else if (network_set::parse(word, into.trusted_networks)) {
            return no_network(word);
        }
    }
    const bool everybody = covers_the_internet(into.trusted_networks);
    if (everybody && !into.open_relay) {
        return "lets much of the Internet relay; if you mean it, add the word open-relay to the "
               "list";
    }
    if (!everybody && into.open_relay) {
        return "has the word open-relay, but no networks that need it, such as 0.0.0.0/0";
    }
    return std::nullopt;
}

problem read_prohibited(std::string_view text, config& into) {
    into.prohibited_networks = {};
    if (const auto bad = network_set::parse(text, into.prohibited_networks)) {
        return no_network(bad->word);
    }
    return std::nullopt;
}

problem read_name_servers(std::string_view text, config& into) {
    into.dns_servers.clear();
    for (const auto word : words(text)) {
        const auto parts = split_port(word);
        if (!parts || !address_of(parts->host) || parts->port == std::uint16_t{0}) {
            return "has '" + std::string(word) + "', which is neither address nor address:port";
        }
        into.dns_servers.emplace_back(word);
    }
    return std::nullopt;
}

problem read_host_name(std::string_view text, config& into) {
    if (!is_host_name(text)) return "is not a host name";
    into.hostname = text;
    return std::nullopt;
}

problem read_domain_name(std::string_view text, config& into) {
    if (!is_host_name(text) || text.find('.') == std::string_view::npos) {
        return "is not a domain name with a dot, such as example.org";
    }
    into.local_domain = text;
    return std::nullopt;
}

problem read_mail_address(std::string_view text, config& into) {
    if (!is_mail_address(text)) return "is not a mail address (local@domain)";
    into.postmaster = text;
    return std::nullopt;
}

problem read_http_endpoint(std::string_view text, config& into) {
    const auto parsed = place_to_listen_of(text);
    if (!parsed) return "is not address:port or a port, such as 127.0.0.1:9925 or :9925";
    into.http_listen = parsed->endpoint;
    return std::nullopt;
}

problem read_smarthost(std::string_view text, config& into) {
    relayhost parsed;
    if (auto wrong = read_relayhost(text, parsed)) return wrong;
    into.relayhost = std::move(parsed);
    return std::nullopt;
}

problem read_field_names(std::string_view text, config& into) {
    into.keep_headers.clear();
    for (auto word : words(text)) {
        if (word.ends_with(':')) word.remove_suffix(1);
        const bool is_name = !word.empty() && std::ranges::all_of(word, [](char c) {
            return c > ' ' && c < '\x7f' && c != ':';
        });
        if (!is_name) return "has '" + std::string(word) + "', which is no name of a header field";
        auto& name = into.keep_headers.emplace_back(word);
        std::ranges::transform(name, name.begin(), [](char c) {
            return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
        });
    }
    return std::nullopt;
}

problem read_folder(std::string_view text, config& into) {
    into.queue_dir = text;
    return std::nullopt;
}

std::string smarthost_text(const config& from) {
    if (!from.relayhost) return "";
    const auto& [host, port] = *from.relayhost;
    const bool is_v6 = host.find(':') != std::string::npos;
    return (is_v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

// In the order of `single`.
const struct {
    std::string_view type;
    std::string_view range;
    problem (*read)(std::string_view text, config& into);
    std::string (*show)(const config& from);
} kinds[] = {
    {"host name",
     "letters, digits, hyphens and dots",
     read_host_name,
     [](const config& from) { return from.hostname; }},
    {"domain name",
     "letters, digits, hyphens and dots",
     read_domain_name,
     [](const config& from) { return from.local_domain; }},
    {"mail address",
     "local@domain",
     read_mail_address,
     [](const config& from) { return from.postmaster; }},
    {"addresses",
     "address:port or :port, with ?priority=urgent, normal or bulk …; port 0 takes any free one",
     [](std::string_view text, config& into) { return read_listeners(text, into.listen); },
     [](const config& from) { return joined(from.listen, listener_text); }},
    {"address",
     "address:port or :port; port 0 takes any free one",
     read_http_endpoint,
     [](const config& from) { return endpoint_text(from.http_listen); }},
    {"networks",
     "CIDR or words (below) …",
     read_trusted,
     [](const config& from) {
         return networks_text(from.trusted_networks) + (from.open_relay ? " open-relay" : "");
     }},
    {"networks",
     "CIDR or words (below) …",
     read_prohibited,
     [](const config& from) { return networks_text(from.prohibited_networks); }},
    {"folder", "a path", read_folder, [](const config& from) { return from.queue_dir.string(); }},
    {"field names",
     "Bcc, Resent-Bcc, X-Kurir-Priority …",
     read_field_names,
     [](const config& from) {
         return joined(from.keep_headers, [](const auto& each) { return each; });
     }},
    {"addresses",
     "address or address:port …",
     read_name_servers,
     [](const config& from) {
         return joined(from.dns_servers, [](const auto& each) { return each; });
     }},
    {"server", "host, host:port, [address]:port, smtp://host:port", read_smarthost, smarthost_text},
    {"rates",
     "none, count/period, domain=count/period, *.domain=count/period …",
     [](std::string_view text, config& into) {
         return rate_rules::read(text, into.destination_rate);
     },
     [](const config& from) { return from.destination_rate.text(); }},
    {"extensions",
     "domain:EXTENSION, *.domain:EXTENSION …",
     [](std::string_view text, config& into) {
         return remote_ignores::read(text, into.remote_ignore);
     },
     [](const config& from) { return from.remote_ignore.text(); }},
};
static_assert(std::size(kinds) == static_cast<std::size_t>(single::ignored_extensions) + 1);

}  // namespace

setting one(single which, about row) {
    const auto& kind = kinds[static_cast<std::size_t>(which)];
    return {
        .name = row.name,
        .type = kind.type,
        .default_text = row.default_text,
        .range = std::string(kind.range),
        .help = row.help,
        .read = kind.read,
        .show = kind.show,
    };
}

}  // namespace kurir::config
