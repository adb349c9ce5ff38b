#include "relay/control/parameters.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "relay/admin/query.hpp"
#include "relay/base/text.hpp"
#include "relay/config/units.hpp"
#include "relay/control/operator_name.hpp"
#include "relay/suppression/time_text.hpp"

namespace kurir::control {

namespace {

constexpr auto longest_order = std::chrono::days(20 * 365);

}  // namespace

std::string parameters::at(std::string_view name) const {
    const auto found = values.find(std::string(name));
    return found == values.end() ? std::string() : found->second;
}

parameters parameters_of(
    const admin::request& asked, std::initializer_list<std::string_view> known
) {
    parameters made;
    auto all = admin::query_of(asked.target());
    if (!all) {
        made.wrong = "the query can't be decoded";
        return made;
    }
    for (auto& [name, value] : *all) {
        if (std::ranges::find(known, name) == known.end()) {
            made.wrong = "there is no parameter " + name;
            return made;
        }
        made.values[std::move(name)] = std::move(value);
    }
    if (std::ranges::find(known, "by") != known.end()) {
        made.values["by"] = name_of_operator(made.at("by"), asked.caller);
    }
    return made;
}

std::size_t limit_of(parameters& given, std::size_t usual, std::size_t most) {
    const auto text = given.at("limit");
    if (text.empty()) return usual;
    const auto number = base::parse_number<std::uint32_t>(text);
    if (number && *number >= 1 && *number <= most) return *number;
    if (given.wrong.empty()) given.wrong = "limit is from 1 to " + std::to_string(most);
    return usual;
}

end_of_order read_end(
    std::string_view until, std::string_view duration, suppression::seconds_time now
) {
    if (!until.empty() && !duration.empty()) return {.wrong = "until and for exclude each other"};
    if (!duration.empty()) {
        const auto time = config::duration_of(duration);
        if (!time || *time < std::chrono::seconds(1) || *time > longest_order) {
            return {.wrong = "for is a duration, such as 30m, 2h or 30d"};
        }
        return {.at = now + std::chrono::ceil<std::chrono::seconds>(*time)};
    }
    if (until.empty()) return {};
    const auto time = suppression::read_time(until);
    if (!time) return {.wrong = "until is a time, such as 2027-01-31 or 2027-01-31T08:00:00Z"};
    if (*time <= now) return {.wrong = "until is over"};
    return {.at = time};
}

}  // namespace kurir::control
