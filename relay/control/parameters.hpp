// What requests of the API have in common: the parameters behind the path, and points in time.
// Pure.
#pragma once

#include <initializer_list>
#include <map>
#include <string>
#include <string_view>

#include "relay/admin/endpoints.hpp"
#include "relay/suppression/entry.hpp"

namespace kurir::control {

// The parameters of a request, decoded; a name that stands twice counts as it stood last.
struct parameters {
    std::map<std::string, std::string> values = {};
    std::string wrong = {};  // what is wrong, as a sentence; empty: nothing

    // Empty if it was not given.
    std::string at(std::string_view name) const;
};

// A parameter that is not among the `known` ones is wrong.
parameters parameters_of(
    const admin::request& asked, std::initializer_list<std::string_view> known
);

// The limit of a page: `usual` if none was given. Sets `wrong` if it is not from 1 to `most`.
std::size_t limit_of(parameters& given, std::size_t usual, std::size_t most);

// When something ends that an operator begins at `now`: at `until`, a time as people write it, or
// after `duration`, such as 2h. Both are texts as they were given; empty: not given.
struct end_of_order {
    std::optional<suppression::seconds_time> at = {};  // nothing: neither was given
    std::string wrong = {};                            // as a sentence; empty: nothing
};
end_of_order read_end(
    std::string_view until, std::string_view duration, suppression::seconds_time now
);

}  // namespace kurir::control
