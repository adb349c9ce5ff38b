#include "relay/base/text.hpp"

#include <algorithm>

namespace kurir::base {

bool has_high(std::string_view text) noexcept {
    return std::any_of(text.begin(), text.end(), is_high);  // unrolled, which `ranges` is not
}

bool equal_ignoring_case(std::string_view a, std::string_view b) noexcept {
    return std::ranges::equal(a, b, {}, lower, lower);
}

bool starts_ignoring_case(std::string_view text, std::string_view prefix) noexcept {
    return equal_ignoring_case(text.substr(0, prefix.size()), prefix);
}

// Goes back to the last * only: what an earlier one could take, the last one can take as well.
bool fits_glob(std::string_view pattern, std::string_view text) noexcept {
    std::size_t at = 0;
    std::size_t read = 0;
    auto star = std::string_view::npos;
    std::size_t taken = 0;
    while (read < text.size()) {
        if (at < pattern.size() && pattern[at] == '*') {
            star = at++;
            taken = read;
        } else if (at < pattern.size() &&
                   equal_ignoring_case({&pattern[at], 1}, {&text[read], 1})) {
            ++at;
            ++read;
        } else if (star != std::string_view::npos) {
            at = star + 1;
            read = ++taken;
        } else {
            return false;
        }
    }
    return pattern.find_first_not_of('*', at) == std::string_view::npos;
}

std::string lowered(std::string_view text) {
    std::string result(text);
    std::ranges::transform(result, result.begin(), lower);
    return result;
}

std::string uppered(std::string_view text) {
    std::string result(text);
    std::ranges::transform(result, result.begin(), upper);
    return result;
}

std::string_view trimmed_front(std::string_view text, std::string_view unwanted) noexcept {
    text.remove_prefix(std::min(text.find_first_not_of(unwanted), text.size()));
    return text;
}

std::string_view trimmed_back(std::string_view text, std::string_view unwanted) noexcept {
    return text.substr(0, text.find_last_not_of(unwanted) + 1);  // `npos` + 1 is 0
}

std::string_view trimmed(std::string_view text, std::string_view unwanted) noexcept {
    return trimmed_back(trimmed_front(text, unwanted), unwanted);
}

}  // namespace kurir::base
