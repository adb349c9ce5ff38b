// The settings that name source addresses: one for all mail, one for each relayhost.
#pragma once

#include <string>
#include <utility>

#include "relay/base/text.hpp"
#include "relay/config/kinds.hpp"

namespace kurir::config {

inline kind<source_addresses> sources() {
    return {
        .type = "addresses",
        .range = "address, address=name, address=name*weight …",
        .read = read_source_addresses,
        .show = source_addresses_text,
    };
}

// Those of a relayhost, by its name in lower case; the one of KURIR_RELAYHOST has no name.
struct relayhost_source {
    std::string name;

    source_addresses& operator()(config& values) const { return values.relayhost_sources[name]; }
    const source_addresses& operator()(const config& values) const {
        static const source_addresses none;
        const auto found = values.relayhost_sources.find(name);
        return found == values.relayhost_sources.end() ? none : found->second;
    }
};

inline setting source_addresses_row() {
    return row(
        {"KURIR_SOURCE_ADDRESSES",
         "",
         "Local addresses from which mail is sent, each with its name for EHLO and its weight: "
         "198.51.100.7=mail1.example.com*3, 2001:db8::7. A destination always gets the same "
         "one of each family. Unset: the system chooses."},
        &config::sources,
        sources()
    );
}

// `variable`: KURIR_RELAYHOST_SOURCE or KURIR_RELAYHOST_<NAME>_SOURCE.
inline setting source_row(std::string variable, std::string name) {
    return row(
        {std::move(variable),
         "",
         "The local addresses from which mail goes to this relayhost, written as in "
         "KURIR_SOURCE_ADDRESSES. Unset: those."},
        relayhost_source{std::move(name)},
        sources()
    );
}

}  // namespace kurir::config
