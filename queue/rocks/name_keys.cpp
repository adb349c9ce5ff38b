#include "queue/rocks/name_keys.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>

#include "queue/record.hpp"

namespace kurir::queue {

namespace {

constexpr std::string_view prefix_of_names = "name/";
constexpr auto period_of_names = std::chrono::days(30);

std::uint32_t period_at(time_point now) {
    const auto since = std::max(now, time_point()).time_since_epoch();
    return static_cast<std::uint32_t>(since / period_of_names);
}

std::string key_in(std::uint32_t period, std::string_view name) {
    std::string made(prefix_of_names);
    field_writer(made).fixed(period);
    return made.append(name);
}

}  // namespace

std::string name_key(std::string_view name, time_point now) {
    return key_in(period_at(now), name);
}

std::vector<std::string> name_keys(std::string_view name, time_point now) {
    const auto period = period_at(now);
    std::vector<std::string> all{key_in(period, name)};
    if (period > 0) all.push_back(key_in(period - 1, name));
    return all;
}

old_names names_to_forget(time_point now) {
    const auto period = period_at(now);
    return {.first = key_in(0, {}), .end = key_in(period > 0 ? period - 1 : 0, {})};
}

}  // namespace kurir::queue
