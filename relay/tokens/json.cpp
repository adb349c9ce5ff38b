#include "relay/tokens/json.hpp"

#include <boost/json/parse.hpp>

#include <utility>

namespace kurir::tokens {

std::optional<boost::json::object> parse_object(std::string_view text) {
    boost::json::parse_options options;
    options.max_depth = 8;
    boost::system::error_code wrong;
    auto value = boost::json::parse(text, wrong, {}, options);
    if (wrong || !value.is_object()) return std::nullopt;
    return std::move(value.get_object());
}

std::optional<std::string> string_in(const boost::json::object& object, std::string_view name) {
    const auto* const value = object.if_contains(name);
    if (value == nullptr || !value->is_string()) return std::nullopt;
    return std::string(value->get_string());
}

}  // namespace kurir::tokens
