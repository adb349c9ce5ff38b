// Headers that rules of rewriting change: what is not a sender's address keeps its bytes, the
// result is a header section with the same fields, and changing it again changes nothing.
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "relay/base/text.hpp"
#include "relay/config/config.hpp"
#include "relay/message/field_list.hpp"
#include "relay/rewrite/header.hpp"

namespace {

using namespace kurir;

config::config settings() {
    config::config config;
    config.hostname = "relay.example";
    config::address_map::read_senders(
        "@old.example -> @new.example; jane@* -> j@new.example", config.sender_map
    );
    config::masquerade::read("example.com", config.masquerade_domains);
    return config;
}

message::header_facts facts_of(std::string_view text) {
    message::header_scan scan;
    if (!scan.scan(text)) scan.finish(text);
    return scan.facts();
}

std::string changed(const config::config& config, std::string_view text) {
    const auto facts = facts_of(text);
    const auto result = rewrite::change_header(config, {}, text, facts);
    std::size_t last = facts.begin;
    for (const auto& each : result.changes) {
        assert(last <= each.begin && each.begin <= each.end && each.end <= facts.end);
        last = each.end;
    }
    return message::changed_header(text, facts, result.changes);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    static const auto maps = settings();
    static const auto everything = [] {
        auto config = settings();
        config.hide_client = true;
        config::from_rules::read("Name <n@example.com>", config.force_from);
        config::header_rules::read(
            "set X-A: 1\nadd X-B: {sender}\nprepend X-C: 3\nremove X-D*", config.headers
        );
        return config;
    }();

    auto header = message::changed_header(input, facts_of(input), {});
    if (!header.ends_with('\n')) header += "\r\n";
    const auto once = changed(maps, header);
    const auto before = message::fields_of(header, facts_of(header));
    const auto after = message::fields_of(once, facts_of(once));
    assert(before.size() == after.size());
    for (std::size_t at = 0; at < before.size(); ++at)
        assert(before[at].name == after[at].name);
    assert(changed(maps, once) == once);

    const auto forced = changed(everything, header);
    std::size_t authors = 0;
    for (const auto& each : message::fields_of(forced, facts_of(forced))) {
        if (!base::equal_ignoring_case(each.name, "From")) continue;
        const auto value = std::string_view(forced).substr(each.value, each.end - each.value);
        assert(value == " Name <n@example.com>\r\n");
        ++authors;
    }
    assert(authors == 1 || facts_of(header).body || header.empty());
    return 0;
}
