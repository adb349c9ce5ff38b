// Tables of settings: what is read is written, read again and stays the same; and the most specific
// pattern is what a plain comparison of all finds.
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "relay/base/text.hpp"
#include "relay/config/copy_rules.hpp"
#include "relay/config/from_rules.hpp"
#include "relay/config/header_rules.hpp"
#include "relay/config/pattern_map.hpp"
#include "relay/config/rate.hpp"
#include "relay/config/relayhost.hpp"
#include "relay/config/remote_ignores.hpp"
#include "relay/config/route_rules.hpp"
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
            const auto pattern = kurir::base::lowered(word);
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

void check_relayhosts(std::string_view input) {
    relayhost_list servers;
    if (read_relayhosts(input, servers)) return;
    assert(!servers.empty() && servers.size() <= relayhosts_max);
    relayhost_list again;
    assert(!read_relayhosts(relayhosts_text(servers), again));
    assert(again == servers);
}

// A rule is found exactly if it is the first that matches, and a refusal is what will be found,
// whatever the tag.
void check_routes(std::string_view input) {
    route_rules rules;
    if (route_rules::read(input, rules)) return;
    for (const auto& each : rules.all()) {
        assert(!each.target.name.empty() && each.target.name.size() <= 255);
        route_query query{.domain = "a.example", .sender = "user@a.example"};
        if (!each.recipients.empty()) query.domain = each.recipients.front();
        if (!each.senders.empty()) query.sender = each.senders.front();
        if (!each.users.empty()) query.credential = each.users.front();
        const auto* refusal = rules.refusal(query);
        if (!each.tags.empty()) query.tag = each.tags.front();
        const route_rule* first = nullptr;
        for (const auto& rule : rules.all()) {
            if (first == nullptr && rule.matches(query)) first = &rule;
        }
        assert(rules.find(query) == first);
        assert(refusal == nullptr || refusal == first);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    check_patterns(input);
    check_rules<rate_rules>(input);
    check_rules<remote_ignores>(input);
    check_rules<route_rules>(input);
    check_rules<from_rules>(input);
    check_rules<copy_rules>(input);
    // Its rules are lines, and their text is on one.
    check_rules<header_rules>(input.substr(0, input.find('\n')));
    check_relayhosts(input);
    check_routes(input);
    return 0;
}
