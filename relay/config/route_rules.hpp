// Which route mail takes, by rules of the operator: KURIR_ROUTES.
//
//   to=*.corp.example -> smtp://mailhub.corp.example
//   from=@news.example -> ses
//   user=billing to=gmail.com -> mx?tls=verify&source=198.51.100.7
//   to=old.example -> reject "550 5.1.6 moved"
//
// A table (table.hpp); several rules on one line are separated by `;`. The first rule decides whose
// conditions (conditions.hpp) all hold. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "relay/config/conditions.hpp"
#include "relay/config/relayhost.hpp"
#include "relay/config/source_addresses.hpp"

namespace kurir::config {

// The name by which the queue knows mail that no rule matched when it was accepted.
inline constexpr std::string_view default_route = "default";
// The same of recipients on the suppression list, which get nothing: their sender gets a bounce.
// The blank keeps it apart from all names that a configuration can have.
inline constexpr std::string_view suppressed_route = "suppressed recipients";

// What is known of the mail whose route is wanted.
using route_query = mail_query;

struct route_target {
    enum class kind : std::uint8_t {
        relayhost,  // `servers`; empty: those of the relayhost that `relayhost` names
        mx,
        standard,  // as if no rule had matched
        reject,    // with `reply`
        discard,
    };
    kind action = kind::standard;
    std::string name;            // of the route: what follows the arrow, in one form
    std::string relayhost = {};  // its name; empty: `servers`
    relayhost_list servers = {};
    std::string reply = {};
    std::optional<tls_policy> tls = {};  // ?tls=; none: as the settings have it
    source_addresses sources = {};       // of mx and of `servers`; empty: those of the settings
};

struct route_rule : conditions {
    std::size_t line = 0;
    route_target target = {};

    std::string text() const;
};

class route_rules {
public:
    // Reads rules into `value`, or returns what is wrong with them, as the end of a sentence.
    static std::optional<std::string> read(std::string_view text, route_rules& value);

    // The first rule that matches; null if none does.
    const route_rule* find(const route_query& query) const;

    // The rule that refuses a recipient before the header is known; null if none does, or if that
    // depends on a tag.
    const route_rule* refusal(const route_query& query) const;

    const std::vector<route_rule>& all() const noexcept { return rules_; }
    bool empty() const noexcept { return rules_.empty(); }

    // The rules as they are written, on one line.
    std::string text() const;

private:
    std::vector<route_rule> rules_;
};

}  // namespace kurir::config
