#include "dns/record.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "dns/sections.hpp"
#include "dns/wire.hpp"
#include "relay/base/domain_name.hpp"
#include "relay/base/text.hpp"

namespace kurir::dns {
namespace {

using std::chrono::seconds;

// Follows the aliases from `name`; shortens `ttl` to theirs. Nothing if they are too many or
// circular.
std::optional<std::string> last_name(const sections& found, std::string_view name, seconds& ttl) {
    std::string at(name);
    for (std::size_t depth = 0; depth <= max_aliases; ++depth) {
        const auto next = std::ranges::find(found.aliases, at, &alias::owner);
        if (next == found.aliases.end()) return at;
        ttl = std::min(ttl, next->ttl);
        at = next->target;
    }
    return {};
}

// The exchanges of `owner` that are names; the dot of a null MX only if there is no other (RFC 7505
// section 3). False if there are several and none can be used: their meaning is not known.
bool collect_exchanges(const sections& found, std::string_view owner, answer& collected) {
    bool unusable = false;
    std::vector<mx_host> dots;
    for (const auto& each : found.exchanges) {
        if (each.owner != owner) continue;
        collected.ttl = std::min(collected.ttl, each.ttl);
        if (each.host.name.empty()) {
            dots.push_back(each.host);
        } else if (is_name(each.host.name)) {
            collected.exchanges.push_back(each.host);
        } else {
            unusable = true;
        }
    }
    if (collected.exchanges.empty() && unusable) return false;
    if (collected.exchanges.empty()) collected.exchanges = std::move(dots);
    std::ranges::sort(collected.exchanges, {}, &mx_host::preference);
    collected.cut = collected.exchanges.size() > max_exchanges;
    if (collected.cut) collected.exchanges.resize(max_exchanges);
    return true;
}

void collect_addresses(const sections& found, std::string_view owner, answer& collected) {
    for (const auto& each : found.addresses) {
        if (each.owner != owner || collected.addresses.size() == max_addresses) continue;
        collected.ttl = std::min(collected.ttl, each.ttl);
        collected.addresses.push_back(each.address);
    }
}

void collect_texts(const sections& found, std::string_view owner, answer& collected) {
    for (const auto& each : found.texts) {
        if (each.owner != owner || collected.texts.size() == max_texts) continue;
        collected.ttl = std::min(collected.ttl, each.ttl);
        collected.texts.push_back(each.text);
    }
}

bool has_records(const answer& collected) {
    return !collected.exchanges.empty() || !collected.addresses.empty() || !collected.texts.empty();
}

// True if `name` is `zone` or is in it.
bool covers(std::string_view zone, std::string_view name) {
    return zone.empty() || base::is_in_domain(name, zone);
}

// The aliases that lead from `name` to `end`, and no other.
bool is_one_chain(const sections& found, std::string_view name) {
    std::string_view at = name;
    std::size_t used = 0;
    for (; used < found.aliases.size(); ++used) {
        const auto next = std::ranges::find(found.aliases, at, &alias::owner);
        if (next == found.aliases.end()) break;
        at = next->target;
    }
    return used == found.aliases.size();
}

// True if records are in the wrong section, or the message does not end where it should. Such a
// message was not fully understood, so missing records prove nothing.
bool is_clear(const sections& found, std::string_view name, std::string_view end) {
    const bool answers_something_else = found.has_other_answers || !found.exchanges.empty() ||
                                        !found.addresses.empty() || !found.texts.empty() ||
                                        !is_one_chain(found, name);
    const bool misplaced = std::ranges::any_of(found.misplaced, [&](const auto& owner) {
        return owner == end || owner == name;
    });
    return !answers_something_else && !misplaced && !found.has_rest;
}

// There are no records of `end`, where the aliases from `name` end. Checks whether that is proven.
result<answer> read_absence(
    const header& head, const sections& found, std::string_view name, const std::string& end
) {
    if (!is_clear(found, name, end)) return errc::malformed;
    const auto soa =
        std::ranges::find_if(found.soas, [&](const auto& each) { return covers(each.zone, end); });
    answer none;
    if (soa != found.soas.end()) {
        none.error = head.code == rcode::no_error ? errc::no_data : errc::not_found;
        none.ttl = soa->negative_ttl;
        return none;
    }
    if (end != name) {
        // The server knows the alias, but perhaps not its target.
        if (!is_name(end)) return errc::malformed;
        none.alias = end;
        none.ttl = max_ttl;
        return none;
    }
    if (!found.soas.empty()) return errc::malformed;  // about something else
    if (head.code == rcode::no_error) return found.referral ? errc::servfail : errc::unproven;
    if (!head.authoritative && !head.recursive) return errc::unproven;
    none.error = errc::not_found;
    none.unconfirmed = true;
    none.ttl = default_negative_ttl;
    return none;
}

}  // namespace

result<answer> read_answer(
    std::span<const std::uint8_t> message, std::string_view name, record_type type
) {
    wire_reader reader(message);
    const auto head = read_header(reader);
    if (!head) return errc::malformed;
    if (head->code == rcode::refused) return errc::refused;
    if (head->code != rcode::no_error && head->code != rcode::nx_domain) return errc::servfail;

    if (!repeats_question(reader, head->questions, name, type)) return errc::malformed;
    const auto found = read_sections(reader, *head, type);
    if (!found) return errc::malformed;
    if (found->extended_code != 0) return errc::servfail;
    if (found->misplaced_options) return errc::malformed;

    answer all;
    all.ttl = max_ttl;
    const auto end = last_name(*found, name, all.ttl);
    if (!end || !collect_exchanges(*found, *end, all)) return errc::malformed;
    collect_addresses(*found, *end, all);
    collect_texts(*found, *end, all);
    if (has_records(all)) {
        // A name that has records exists.
        if (head->code == rcode::nx_domain) return errc::malformed;
        return all;
    }
    auto none = read_absence(*head, *found, name, *end);
    if (none) none->ttl = std::min(none->ttl, all.ttl);
    return none;
}

bool is_name(std::string_view text) noexcept {
    if (text.empty() || text.size() > 253) return false;
    std::size_t length = 0;  // of the label
    for (const char letter : text) {
        if (letter == '.') {
            if (length == 0) return false;
            length = 0;
            continue;
        }
        const bool allowed = base::is_alphanumeric(letter) || letter == '-' || letter == '_';
        if (!allowed || ++length > 63) return false;
    }
    return length != 0;
}

std::string canonical(std::string_view name) {
    if (name.ends_with('.')) name.remove_suffix(1);
    return base::lowered(name);
}

}  // namespace kurir::dns
