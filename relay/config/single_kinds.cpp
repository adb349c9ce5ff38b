// The types of setting that only one setting has.
#include <algorithm>

#include "queue/priority.hpp"
#include "relay/config/addresses.hpp"
#include "relay/config/kinds.hpp"
#include "relay/config/words.hpp"

namespace kurir::config {
namespace {

using problem = std::optional<std::string>;

setting made(
    about row,
    std::string_view type,
    std::string_view range,
    setting::reader read,
    setting::writer show
) {
    return {
        .name = row.name,
        .type = type,
        .default_text = row.default_text,
        .range = std::string(range),
        .help = row.help,
        .read = std::move(read),
        .show = std::move(show),
    };
}

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

constexpr std::string_view priority_suffix = "?priority=";

// One of KURIR_LISTEN: address:port, or address:port?priority=class.
problem read_listener(std::string_view word, listen_address& into) {
    const auto address = word.substr(0, word.find('?'));
    const auto suffix = word.substr(address.size());
    const auto endpoint = endpoint_of(address);
    if (!endpoint) {
        return "has '" + std::string(word) +
               "', which is not address:port, such as "
               "127.0.0.1:2525 or [::1]:2525";
    }
    into.endpoint = *endpoint;
    if (suffix.empty()) return std::nullopt;
    const auto priority = suffix.starts_with(priority_suffix)
                              ? queue::priority_of(suffix.substr(priority_suffix.size()))
                              : std::nullopt;
    if (!priority) {
        return "has '" + std::string(word) +
               "'; what may follow the port is ?priority=urgent, ?priority=normal or "
               "?priority=bulk";
    }
    into.priority = *priority;
    return std::nullopt;
}

std::string listener_text(const listen_address& from) {
    std::string text = endpoint_text(from.endpoint);
    if (from.priority == queue::priority::normal) return text;
    text += priority_suffix;
    return text += queue::text_of(from.priority);
}

problem read_listeners(std::string_view text, config& into) {
    into.listen.clear();
    for (const auto word : words(text)) {
        listen_address added;
        if (auto wrong = read_listener(word, added)) return wrong;
        const auto twice = [&](const auto& each) {
            return each.endpoint == added.endpoint && added.endpoint.port() != 0;
        };
        if (std::ranges::any_of(into.listen, twice)) {
            return "has " + endpoint_text(added.endpoint) + " twice";
        }
        into.listen.push_back(added);
    }
    if (into.listen.empty()) return "names no address";
    // [::] takes IPv4 too, unless 0.0.0.0 has the port.
    for (auto& each : into.listen) {
        const auto& endpoint = each.endpoint;
        each.dual_stack = endpoint.address().is_v6() && endpoint.address().is_unspecified() &&
                          std::ranges::none_of(into.listen, [&](const auto& other) {
                              return other.endpoint.address().is_v4() &&
                                     other.endpoint.port() == endpoint.port() &&
                                     endpoint.port() != 0;
                          });
    }
    return std::nullopt;
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
    const bool everybody = std::ranges::any_of(into.trusted_networks.networks(), [](const auto& n) {
        return n.prefix_length == 0;
    });
    if (everybody && !into.open_relay) {
        return "lets everybody relay; if you mean it, add the word open-relay to the list";
    }
    if (!everybody && into.open_relay) return "has open-relay, but neither 0.0.0.0/0 nor ::/0";
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

}  // namespace

setting host_name(about row) {
    return made(
        row,
        "host name",
        "letters, digits, hyphens and dots",
        [](std::string_view text, config& into) -> problem {
            if (!is_host_name(text)) return "is not a host name";
            into.hostname = text;
            return std::nullopt;
        },
        [](const config& from) { return from.hostname; }
    );
}

setting mail_address(about row) {
    return made(
        row,
        "mail address",
        "local@domain",
        [](std::string_view text, config& into) -> problem {
            if (!is_mail_address(text)) return "is not a mail address (local@domain)";
            into.postmaster = text;
            return std::nullopt;
        },
        [](const config& from) { return from.postmaster; }
    );
}

setting listeners(about row) {
    return made(
        row,
        "addresses",
        "address:port or address:port?priority=urgent, normal, bulk …; port 0 takes any free one",
        read_listeners,
        [](const config& from) { return joined(from.listen, listener_text); }
    );
}

setting endpoint(about row) {
    return made(
        row,
        "address",
        "address:port; port 0 takes any free one",
        [](std::string_view text, config& into) -> problem {
            const auto parsed = endpoint_of(text);
            if (!parsed) return "is not address:port, such as 127.0.0.1:9925 or [::]:9925";
            into.http_listen = *parsed;
            return std::nullopt;
        },
        [](const config& from) { return endpoint_text(from.http_listen); }
    );
}

setting trusted(about row) {
    return made(row, "networks", "CIDR or words (below) …", read_trusted, [](const config& from) {
        return networks_text(from.trusted_networks) + (from.open_relay ? " open-relay" : "");
    });
}

setting prohibited(about row) {
    return made(
        row,
        "networks",
        "CIDR or words (below) …",
        read_prohibited,
        [](const config& from) { return networks_text(from.prohibited_networks); }
    );
}

setting folder(about row) {
    return made(
        row,
        "folder",
        "a path",
        [](std::string_view text, config& into) -> problem {
            into.queue_dir = text;
            return std::nullopt;
        },
        [](const config& from) { return from.queue_dir.string(); }
    );
}

setting name_servers(about row) {
    return made(
        row,
        "addresses",
        "address or address:port …",
        read_name_servers,
        [](const config& from) {
            return joined(from.dns_servers, [](const auto& each) { return each; });
        }
    );
}

setting smarthost(about row) {
    return made(
        row,
        "server",
        "host, host:port, [address]:port, smtp://host:port",
        [](std::string_view text, config& into) -> problem {
            relayhost parsed;
            if (auto wrong = read_relayhost(text, parsed)) return wrong;
            into.relayhost = std::move(parsed);
            return std::nullopt;
        },
        [](const config& from) -> std::string {
            if (!from.relayhost) return "";
            const auto& [host, port] = *from.relayhost;
            const bool is_v6 = host.find(':') != std::string::npos;
            return (is_v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
        }
    );
}

}  // namespace kurir::config
