#include "relay/outbound/throttling.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "relay/base/text.hpp"

namespace kurir::outbound {

namespace {

// What the large providers write, in lower case.
constexpr std::array<std::string_view, 10> of_amount{
    "rate",
    "limit",
    "throttl",
    "too many",
    "too much",
    "too fast",
    "too quickly",
    "slow down",
    "exceeded",
    "concurren",
};

bool has(std::string_view text, std::string_view word) {
    return text.find(word) != std::string_view::npos;
}

}  // namespace

bool is_about_amount(std::string_view text) {
    const auto lower = base::lowered(text);
    return std::ranges::any_of(of_amount, [&lower](std::string_view each) {
        return has(lower, each);
    });
}

bool is_about_connections(std::string_view text) {
    const auto lower = base::lowered(text);
    const bool of_connections = has(lower, "connection") || has(lower, "session");
    return of_connections && (has(lower, "too many") || has(lower, "concurren") ||
                              has(lower, "simultaneous") || has(lower, "maximum number"));
}

}  // namespace kurir::outbound
