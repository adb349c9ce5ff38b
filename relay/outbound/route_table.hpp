// Which route mail takes: the rules of the configuration, and the routes that they name.
//
// A route that was decided when the message was accepted wins. Else (for bounces, for example) the
// first rule that matches decides, else the default route. The choice says what the hosts are
// looked up by, so that one answer serves all mail with the same choice: a relayhost is looked up
// once for all domains.
//
// Pure.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "relay/config/config.hpp"
#include "relay/outbound/destination_key.hpp"
#include "relay/outbound/verdict.hpp"

namespace kurir::outbound {

// What is known of queued mail whose route is wanted. The texts belong to the caller.
struct route_query {
    std::string_view domain;              // of the recipients
    std::string_view sender_domain = {};  // of the reverse-path; empty: the null reverse-path
    std::string_view credential = {};     // by which it was submitted; empty: none
    std::string_view route = {};          // as decided when it was accepted; empty: not decided
};

// The part of a query that decides. Mail with the same choice has the same route.
struct route_choice {
    std::string route = {};   // its name; empty: the default route
    std::string domain = {};  // whose hosts take the mail; empty: the same hosts for all domains

    bool operator==(const route_choice&) const = default;
};

struct route_choice_hash {
    std::size_t operator()(const route_choice& choice) const noexcept {
        const std::hash<std::string> hash;
        return choice.route.empty() ? hash(choice.domain)
                                    : hash(choice.domain) * 31 + hash(choice.route);
    }
};

// How mail is sent that takes a route.
struct route_definition {
    std::string name = {};                   // empty: the default route
    config::relayhost_list relayhosts = {};  // empty: the MX hosts of each domain
    // What is asked of TLS; none: by the scheme of a relayhost, by KURIR_REMOTE_TLS at MX hosts.
    std::optional<tls_policy> tls = {};
    std::string credential = {};            // shown to the server; empty: none
    config::source_addresses sources = {};  // of which each destination has one a family
    std::optional<verdict> end = {};        // of the mail, which is not sent
};

class route_table {
public:
    // `otherwise`: the default route.
    explicit route_table(
        route_definition otherwise = {},
        std::vector<route_definition> named = {},
        config::route_rules rules = {}
    );

    route_choice choose(const route_query& query) const;

    // The route of this name, or the default one if there is none: it was removed from the
    // configuration while mail waited. It stays as it is, where it is, for as long as the table: a
    // coroutine may keep the reference over an update.
    const route_definition& find(const std::string& name) const;
    // Of all routes, in the order of the alphabet; the default one is first, as `default`.
    std::vector<std::string> names() const;
    bool has(const std::string& name) const { return &find(name) != &default_ || name.empty(); }

    // Takes the rules and the routes of `next`. Routes that only this table has stay, because mail
    // may be under way that names them.
    void update(route_table next);

private:
    std::string_view name_for(const route_query& query) const;

    route_definition default_;
    std::unordered_map<std::string, route_definition> named_;
    config::route_rules rules_;
};

}  // namespace kurir::outbound
