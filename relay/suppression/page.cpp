#include "relay/suppression/page.hpp"

#include <algorithm>

#include "relay/base/text.hpp"
#include "relay/suppression/entry_codec.hpp"
#include "relay/suppression/export.hpp"

namespace kurir::suppression {

namespace {

constexpr std::size_t piece_entries = 5000;

// `pattern` in lower case. Takes time in proportion to the product of the lengths at most.
bool is_like(std::string_view text, std::string_view pattern) {
    std::size_t star = std::string_view::npos;
    std::size_t from = 0;  // of the text that the last star left over
    std::size_t at = 0;
    std::size_t wanted = 0;
    while (at < text.size()) {
        if (wanted < pattern.size() && pattern[wanted] == '*') {
            star = wanted++;
            from = at;
        } else if (wanted < pattern.size() && pattern[wanted] == base::lower(text[at])) {
            ++at;
            ++wanted;
        } else if (star != std::string_view::npos) {
            wanted = star + 1;
            at = ++from;
        } else {
            return false;
        }
    }
    return base::trimmed_front(pattern.substr(wanted), "*").empty();
}

}  // namespace

bool matches(const filter& filter, const entry& entry, seconds_time now) {
    if (!filter.with_expired && !entry.counts_at(now)) return false;
    if (filter.tenant && *filter.tenant != entry.tenant) return false;
    if (filter.origin && *filter.origin != entry.origin) return false;
    if (!filter.address.empty()) {
        if (!is_like(shown_subject(entry), base::lowered(filter.address))) return false;
    }
    const auto part = base::lowered(filter.reason);
    return base::lowered(entry.reason).find(part) != std::string::npos;
}

page page_of(
    const suppression_list& list,
    const filter& filter,
    std::string_view cursor,
    std::size_t limit,
    seconds_time now
) {
    page made;
    std::string last;
    std::size_t looked_at = 0;
    list.walk(cursor, [&](std::string_view packed) {
        if (made.entries.size() >= limit || looked_at >= looked_at_max) {
            made.next = last;
            return false;
        }
        ++looked_at;
        last = packed_key(packed);
        auto entry = unpack_first(packed);
        if (matches(filter, entry, now)) made.entries.push_back(std::move(entry));
        return true;
    });
    return made;
}

text_piece text_of_list(const suppression_list& list, std::string_view cursor, list_format format) {
    const bool as_json = format == list_format::json;
    text_piece piece;
    if (cursor.empty() && !as_json) piece.text = csv_head();
    std::string last;
    std::size_t count = 0;
    list.walk(cursor, [&](std::string_view packed) {
        if (count == piece_entries) {
            piece.next = last;
            return false;
        }
        ++count;
        last = packed_key(packed);
        const auto entry = unpack_first(packed);
        if (as_json) {
            append_json_line(piece.text, entry);
        } else {
            append_csv_row(piece.text, entry);
        }
        return true;
    });
    return piece;
}

}  // namespace kurir::suppression
