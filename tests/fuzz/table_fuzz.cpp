// Tables of settings: what is read is written, read again and stays the same; and the most specific
// pattern is what a plain comparison of all finds.
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "relay/config/pattern_map.hpp"
#include "relay/config/rate.hpp"
#include "relay/config/remote_ignores.hpp"
#include "relay/config/table.hpp"
#include "relay/config/words.hpp"

namespace {

using namespace kurir::config;

// 0 not at all, 1 as everyone, more for a longer match.
std::size_t exactness(std::string_view pattern, std::string_view name) {
    if (pattern == "*") return 1;
    const bool wildcard = pattern.starts_with("*.");
    if (!wildcard) return pattern == name ? 2 + name.size() : 0;
    const bool below = name.size() >= pattern.size() && name.ends_with(pattern.substr(1));
    return below ? pattern.size() : 0;
}

// Each word of the table is a pattern, and each is looked up.
void check_patterns(std::string_view input) {
    pattern_map<std::string> map;
    std::vector<std::string> patterns;
    const auto wrong = read_table(input, [&](std::string_view line) -> std::optional<std::string> {
        assert(!line.empty() && line.find('\n') == std::string_view::npos);
        for (const auto word : words(line)) {
            const auto pattern = lower_case(word);
            if (map.add(word, pattern)) patterns.push_back(pattern);
        }
        return std::nullopt;
    });
    if (wrong) assert(wrong->starts_with("has "));
    if (patterns.size() > 64) return;
    for (const auto& pattern : patterns) {
        const std::string name = pattern.starts_with("*.") ? "a" + pattern.substr(1) : pattern;
        const std::string* best = nullptr;
        std::size_t best_exactness = 0;
        for (const auto& each : patterns) {
            const auto this_exactness = exactness(each, name);
            if (this_exactness > best_exactness) best = &each;
            if (this_exactness > best_exactness) best_exactness = this_exactness;
        }
        const auto* found = map.find(name);
        assert((found == nullptr) == (best == nullptr));
        assert(best == nullptr || *found == *best);
    }
}

template <class Rules>
void check_rules(std::string_view input) {
    Rules rules;
    if (Rules::read(input, rules)) return;
    const auto text = rules.text();
    Rules again;
    assert(!Rules::read(text, again));
    assert(again.text() == text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    check_patterns(input);
    check_rules<rate_rules>(input);
    check_rules<remote_ignores>(input);
    return 0;
}
