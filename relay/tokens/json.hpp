// JSON from others, in small pieces.
#pragma once

#include <boost/json/object.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace kurir::tokens {

// Nothing if the text is no object, has more behind it, or is nested deeply.
std::optional<boost::json::object> parse_object(std::string_view text);

// Nothing if there is no such member, or if it is no text.
std::optional<std::string> string_in(const boost::json::object& object, std::string_view name);

}  // namespace kurir::tokens
