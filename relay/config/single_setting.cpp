#include "relay/config/single_setting.hpp"

#include <algorithm>
#include <cassert>
#include <string>
#include <utility>

namespace kurir::config {

std::variant<config, problems> parse_alone(
    std::string_view name, const environment& variables, const host& machine
) {
    const auto row = std::ranges::find(settings(), name, &setting::name);
    assert(row != settings().end());
    environment own;
    for (const auto& variable : {row->name, row->name + "_FILE"}) {
        if (const auto found = variables.find(variable); found != variables.end()) {
            own.insert(*found);
        }
    }
    auto other = machine;
    other.name = "localhost";  // the host's own need not be a good one
    auto outcome = parse(own, other, {.settings = {&*row, 1}});
    if (auto* wrong = std::get_if<problems>(&outcome)) return std::move(*wrong);
    return std::move(std::get<loaded>(outcome).config);
}

}  // namespace kurir::config
