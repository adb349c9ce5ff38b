// The kinds of value that only one setting has, each with its texts, its reader and its writer.
#pragma once

#include <algorithm>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "relay/base/numeric_address.hpp"
#include "relay/base/text.hpp"
#include "relay/config/addresses.hpp"
#include "relay/config/coverage.hpp"
#include "relay/config/kinds.hpp"
#include "relay/config/listeners.hpp"
#include "relay/config/words.hpp"

namespace kurir::config {

inline std::string joined(const auto& values, auto text_of) {
    std::string text;
    for (const auto& value : values) {
        if (!text.empty()) text += ' ';
        text += text_of(value);
    }
    return text;
}

inline std::string same_text(const std::string& text) {
    return text;
}

inline std::string networks_text(const network_set& set) {
    return set.empty() ? "none"
                       : joined(set.networks(), [](const auto& each) { return each.text(); });
}

inline std::string no_network(std::string_view word) {
    return "has '" + std::string(word) +
           "', which is no network; write CIDR without host bits, such "
           "as 10.0.0.0/8, or " +
           joined(network_words(), [](const auto& known) { return known.word; });
}

// A text that is taken as it is, if it is valid.
inline kind<std::string> checked_text(
    std::string_view type,
    std::string range,
    bool (*is_valid)(std::string_view),
    const char* refusal
) {
    return {
        .type = type,
        .range = std::move(range),
        .read = [is_valid, refusal](std::string_view text, std::string& value) -> problem {
            if (!is_valid(text)) return refusal;
            value = text;
            return std::nullopt;
        },
        .show = same_text,
    };
}

inline kind<std::string> host_name() {
    return checked_text(
        "host name", "letters, digits, hyphens and dots", is_host_name, "is not a host name"
    );
}

inline kind<std::string> domain_name() {
    return checked_text(
        "domain name",
        "letters, digits, hyphens and dots",
        [](std::string_view text) {
            return is_host_name(text) && text.find('.') != std::string_view::npos;
        },
        "is not a domain name with a dot, such as example.org"
    );
}

inline kind<std::string> mail_address() {
    return checked_text(
        "mail address", "local@domain", is_mail_address, "is not a mail address (local@domain)"
    );
}

inline kind<std::vector<listen_address>> listeners() {
    return {
        .type = "addresses",
        .range =
            "address:port or :port, with ?priority=urgent, normal or bulk, ?tls=off, offer, "
            "require or implicit, ?auth=off, offer or require, ?proxy=NETWORK+NETWORK…, ?name=…; "
            "several parameters are joined by &; port 0 takes any free one",
        .read = read_listeners,
        .show = [](const std::vector<listen_address>& all) { return joined(all, listener_text); },
    };
}

inline kind<boost::asio::ip::tcp::endpoint> http_endpoint() {
    using endpoint = boost::asio::ip::tcp::endpoint;
    return {
        .type = "address",
        .range = "address:port or :port; port 0 takes any free one",
        .read = [](std::string_view text, endpoint& value) -> problem {
            const auto parsed = place_to_listen_of(text);
            if (!parsed) {
                return "is not address:port or a port, such as 127.0.0.1:9925 or :9925";
            }
            value = parsed->endpoint;
            return std::nullopt;
        },
        .show = endpoint_text,
    };
}

// Networks, and the word open-relay exactly if they cover much of the Internet.
inline kind<network_set> trusted_networks() {
    static constexpr std::string_view confirmation = "open-relay";
    const auto read = [](std::string_view text, network_set& value) -> problem {
        bool confirmed = false;
        for (const auto word : words(text)) {
            if (word == confirmation) {
                confirmed = true;
            } else if (network_set::parse(word, value)) {
                return no_network(word);
            }
        }
        const bool everybody = covers_the_internet(value);
        if (everybody && !confirmed) {
            return "lets much of the Internet relay; if you mean it, add the word open-relay to "
                   "the list";
        }
        if (!everybody && confirmed) {
            return "has the word open-relay, but no networks that need it, such as 0.0.0.0/0";
        }
        return std::nullopt;
    };
    return {
        .type = "networks",
        .range = "CIDR or words (below) …",
        .read = read,
        .show = [](const network_set& set
                ) { return networks_text(set) + (covers_the_internet(set) ? " open-relay" : ""); },
    };
}

inline kind<network_set> networks() {
    return {
        .type = "networks",
        .range = "CIDR or words (below) …",
        .read = [](std::string_view text, network_set& value) -> problem {
            const auto bad = network_set::parse(text, value);
            if (bad) return no_network(bad->word);
            return std::nullopt;
        },
        .show = networks_text,
    };
}

inline kind<std::filesystem::path> folder() {
    return {
        .type = "folder",
        .range = "a path",
        .read = [](std::string_view text, std::filesystem::path& value) -> problem {
            value = text;
            return std::nullopt;
        },
        .show = [](const std::filesystem::path& path) { return path.string(); },
    };
}

inline kind<std::vector<std::string>> field_names() {
    return {
        .type = "field names",
        .range = "Bcc, Resent-Bcc, X-Kurir-Priority, X-Kurir-Route …",
        .read = [](std::string_view text, std::vector<std::string>& value) -> problem {
            for (auto word : words(text)) {
                if (word.ends_with(':')) word.remove_suffix(1);
                const bool is_name = !word.empty() && std::ranges::all_of(word, [](char c) {
                    return c > ' ' && c < '\x7f' && c != ':';
                });
                if (!is_name) {
                    return "has '" + std::string(word) + "', which is no name of a header field";
                }
                value.push_back(base::lowered(word));
            }
            return std::nullopt;
        },
        .show = [](const std::vector<std::string>& names) { return joined(names, same_text); },
    };
}

inline kind<std::vector<std::string>> name_servers() {
    return {
        .type = "addresses",
        .range = "address or address:port …",
        .read = [](std::string_view text, std::vector<std::string>& value) -> problem {
            for (const auto word : words(text)) {
                const auto parts = split_port(word);
                if (!parts || !base::numeric_address(parts->host) ||
                    parts->port == std::uint16_t{0}) {
                    return "has '" + std::string(word) +
                           "', which is neither address nor address:port";
                }
                value.emplace_back(word);
            }
            return std::nullopt;
        },
        .show = [](const std::vector<std::string>& servers) { return joined(servers, same_text); },
    };
}

inline kind<std::vector<std::string>> certificate_paths() {
    return {
        .type = "files",
        .range = "paths …, or generate",
        .read = [](std::string_view text, std::vector<std::string>& value) -> problem {
            if (text.starts_with("-----BEGIN")) {
                return "is a certificate or a key itself; give the path of the file instead";
            }
            for (const auto word : words(text))
                value.emplace_back(word);
            const bool generated = std::ranges::find(value, "generate") != value.end();
            if (generated && value.size() > 1) return "has generate beside a file";
            return std::nullopt;
        },
        .show = [](const std::vector<std::string>& paths) { return joined(paths, same_text); },
        .files =
            [](const std::vector<std::string>& paths) {
                const bool made_by_us = paths == std::vector<std::string>{"generate"};
                return made_by_us ? std::vector<std::string>() : paths;
            },
    };
}

// One file of certificates of others.
inline kind<std::string> authorities() {
    auto path = checked_text(
        "file",
        "path",
        [](std::string_view text) { return !text.starts_with("-----BEGIN"); },
        "is a certificate itself; give the path of the file instead"
    );
    path.files = [](const std::string& given) {
        return given.empty() ? std::vector<std::string>() : std::vector<std::string>{given};
    };
    return path;
}

inline kind<std::vector<std::string>> key_paths() {
    auto paths = certificate_paths();
    paths.range = "paths …";
    paths.read = [read = paths.read](std::string_view text, std::vector<std::string>& value) {
        auto wrong = read(text, value);
        if (!wrong && text == "generate") wrong = "is no file; it is KURIR_TLS_CERT that generates";
        return wrong;
    };
    return paths;
}

inline kind<relayhost_list> smarthost() {
    return {
        .type = "servers",
        .range =
            "host, host:port, [address]:port, smtp://, smtp+starttls:// or smtps://host:port; "
            "lists",
        .read = read_relayhosts,
        .show = relayhosts_text,
    };
}

inline kind<route_rules> routes() {
    return {
        .type = "rules",
        .range =
            "to=, from=, user=, tag= … -> relayhost, mx, with ?tls=policy …, reject \"5yz text\" "
            "or discard",
        .read = route_rules::read,
        .show = [](const route_rules& rules) { return rules.text(); },
    };
}

inline kind<permissions> sending_permissions() {
    return {
        .type = "lines",
        .range =
            "user:NAME, cert:NAME, CIDR or * with from=, to=, rate=, distinct=, max_size=, "
            "priority=, route=, runaway=, relay= …",
        .read = permissions::read,
        .show = [](const permissions& lines) { return lines.text(); },
    };
}

inline kind<std::vector<std::string>> domain_patterns() {
    return {
        .type = "domains",
        .range = "example.com, *.example.com …",
        .read = [](std::string_view text, std::vector<std::string>& value) -> problem {
            for (auto word : words(text)) {
                if (word.starts_with('@')) word.remove_prefix(1);
                if (!is_name_pattern(word)) {
                    return "has '" + std::string(word) +
                           "' where a domain belongs, such as example.com or *.example.com";
                }
                value.push_back(base::lowered(word));
            }
            return std::nullopt;
        },
        .show = [](const std::vector<std::string>& domains) { return joined(domains, same_text); },
    };
}

inline kind<std::uint64_t> runaway_factor() {
    return {
        .type = "factor",
        .range = "off, 2x to 1000x",
        .read = read_runaway,
        .show = runaway_text,
    };
}

inline kind<rate_rules> destination_rates() {
    return {
        .type = "rates",
        .range = "none, count/period, domain=count/period, *.domain=count/period …",
        .read = rate_rules::read,
        .show = [](const rate_rules& rules) { return rules.text(); },
    };
}

inline kind<remote_ignores> ignored_extensions() {
    return {
        .type = "extensions",
        .range = "domain:EXTENSION, *.domain:EXTENSION …",
        .read = remote_ignores::read,
        .show = [](const remote_ignores& rules) { return rules.text(); },
    };
}

}  // namespace kurir::config
