#include "relay/admin/json_fields.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>

#include <utility>

namespace kurir::admin {

namespace json = boost::json;

std::optional<json::object> object_of(std::string_view text) {
    boost::system::error_code wrong;
    auto parsed = json::parse(text, wrong);
    if (wrong || !parsed.is_object()) return std::nullopt;
    return std::move(parsed.get_object());
}

std::string text_in(const json::object& all, std::string_view name) {
    const auto* value = all.if_contains(name);
    return value != nullptr && value->is_string() ? std::string(value->get_string())
                                                  : std::string();
}

long long number_in(const json::object& all, std::string_view name) {
    const auto* value = all.if_contains(name);
    if (value == nullptr) return 0;
    boost::system::error_code wrong;
    const auto number = value->to_number<long long>(wrong);
    return wrong ? 0 : number;
}

bool flag_in(const json::object& all, std::string_view name) {
    const auto* value = all.if_contains(name);
    return value != nullptr && value->is_bool() && value->get_bool();
}

std::vector<std::string> texts_in(const json::object& all, std::string_view name) {
    std::vector<std::string> texts;
    const auto* value = all.if_contains(name);
    if (value == nullptr || !value->is_array()) return texts;
    for (const auto& each : value->get_array()) {
        if (each.is_string()) texts.emplace_back(each.get_string());
    }
    return texts;
}

}  // namespace kurir::admin
