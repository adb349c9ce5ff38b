#include "relay/doctor/finding.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace kurir::doctor {

namespace {

constexpr std::size_t grade_width = 9;
constexpr std::size_t check_width = 14;

std::string padded(std::string_view text, std::size_t width) {
    std::string made(text);
    made.resize(std::max(width, made.size() + 1), ' ');
    return made;
}

}  // namespace

std::string_view text_of(grade grade) noexcept {
    constexpr std::array<std::string_view, 4> names{"ok", "skipped", "warning", "wrong"};
    return names[static_cast<std::size_t>(grade)];
}

std::string text_of(const finding& finding) {
    auto text = padded(text_of(finding.grade), grade_width) + padded(finding.check, check_width);
    if (!finding.subject.empty()) text += finding.subject + ": ";
    text += finding.found + '\n';
    if (!finding.advice.empty()) {
        text += std::string(grade_width + check_width, ' ') + "do: " + finding.advice + '\n';
    }
    return text;
}

}  // namespace kurir::doctor
