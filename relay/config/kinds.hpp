// Settings of each type: how a text becomes a member, and back.
//
// A function makes one row of the table in settings.cpp.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string_view>
#include <utility>

#include "relay/config/settings.hpp"

namespace kurir::config {

// The properties of every row, whatever its type.
struct about {
    std::string_view name;
    std::string_view default_text;
    std::string_view help;
};

struct bounds {
    std::string_view least;  // as written in a setting
    std::string_view most;
};

template <class Integer>
setting number(about row, Integer config::* member, bounds allowed);

template <class Integer>
setting size(about row, Integer config::* member, bounds allowed);

setting time(about row, duration config::* member, bounds allowed);
setting on_or_off(about row, bool config::* member);
setting rate_limit(about row, std::optional<rate> config::* member);

// A fixed set of words, in any case; the first is the enum's value 0, and so on. "warning|warn":
// `warn` is also accepted.
template <class Enum>
setting one_of(about row, Enum config::* member, std::initializer_list<std::string_view> words);

// Types that only one setting has.
enum class single : std::uint8_t {
    host_name,
    domain_name,
    mail_address,
    listeners,
    http_endpoint,
    trusted,
    prohibited,
    folder,
    field_names,
    name_servers,
    smarthost,
    destination_rates,
    ignored_extensions,
};
setting one(single which, about row);

// The same setting, but its value is never shown.
inline setting secret(setting row) {
    row.secret = true;
    return row;
}

}  // namespace kurir::config
