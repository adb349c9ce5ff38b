#include "queue/postgres/history_parts.hpp"

#include <algorithm>

namespace kurir::queue::postgres {

namespace {

constexpr std::uint64_t searched_at_once = 1ULL << 30;  // bytes that a search reads at once
constexpr std::uint64_t empty_part = 8192;              // the index of a table for long values

}  // namespace

std::uint64_t history_limits::part_size() const noexcept {
    return std::min(size / 16, searched_at_once);
}

parts_change change_of_parts(const std::vector<history_part>& parts, const history_limits& kept) {
    if (parts.empty()) return {.begins_new = true, .drops = {}};
    const auto& newest = parts.back();
    const bool is_over = newest.size >= kept.part_size() || newest.age >= kept.part_age();
    parts_change change{.begins_new = newest.size > empty_part && is_over, .drops = {}};
    std::uint64_t sum = 0;
    for (const auto& each : parts)
        sum += each.size;
    for (std::size_t i = 0; i + 1 < parts.size(); ++i) {
        const auto ended = parts[i + 1].age;  // ago
        if (sum <= kept.size && ended < kept.age) break;
        change.drops.push_back(parts[i].number);
        sum -= parts[i].size;
    }
    return change;
}

}  // namespace kurir::queue::postgres
