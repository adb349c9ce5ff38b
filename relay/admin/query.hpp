// The query of a request's target: names and values, percent-decoded.
//
// Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace kurir::admin {

// "%41+b" as "A+b"; with `plus_is_space`, "A b" (as forms write it). Nothing if a percent sign has
// no two hex digits behind it.
std::optional<std::string> decoded(std::string_view text, bool plus_is_space = false);

// The same, the other way: all but letters, digits and -._~ (RFC 3986 section 2.3).
std::string encoded(std::string_view text);

using query = std::vector<std::pair<std::string, std::string>>;

// What stands behind the "?" of `target`, in its order; a name without "=" has an empty value.
// Nothing if it can't be decoded.
std::optional<query> query_of(std::string_view target);

}  // namespace kurir::admin
