// Fields of a JSON object; empty, 0 or false if they are not there or are of another kind.
#pragma once

#include <boost/json/object.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kurir::admin {

// The object that a text is; nothing if it is none.
std::optional<boost::json::object> object_of(std::string_view text);

std::string text_in(const boost::json::object& all, std::string_view name);
long long number_in(const boost::json::object& all, std::string_view name);
bool flag_in(const boost::json::object& all, std::string_view name);
// The texts of an array; others are left out.
std::vector<std::string> texts_in(const boost::json::object& all, std::string_view name);

}  // namespace kurir::admin
