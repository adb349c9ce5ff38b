#include "relay/history/search.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>

#include <algorithm>
#include <array>
#include <iterator>
#include <ranges>
#include <utility>

#include "relay/base/open_file.hpp"
#include "relay/base/text.hpp"
#include "relay/history/event_files.hpp"

namespace kurir::history {

namespace json = boost::json;

namespace {

// Fields with one address or id, or several with ", " between them.
constexpr std::array<std::string_view, 9> subjects{
    "from",
    "to",
    "queue_id",
    "id",
    "original_from",
    "original_to",
    "copies_to",
    "user",
    "client_ip",
};

bool has_item(std::string_view list, std::string_view wanted) {
    constexpr std::string_view between = ", ";
    while (true) {
        const auto end = std::min(list.find(between), list.size());
        if (base::equal_ignoring_case(list.substr(0, end), wanted)) return true;
        if (end == list.size()) return false;
        list.remove_prefix(end + between.size());
    }
}

// The id that the mail had at the relay it came from: between the first two slashes
// (relay/control/EXPORT.md).
std::string_view id_in(std::string_view origin) {
    const auto host = std::min(origin.find('/'), origin.size());
    origin.remove_prefix(std::min(host + 1, origin.size()));
    return origin.substr(0, origin.find('/'));
}

bool is_about(std::string_view wanted, std::string_view line) {
    boost::system::error_code wrong;
    const auto parsed = json::parse(line, wrong);
    if (wrong || !parsed.is_object()) return false;
    const auto& fields = parsed.get_object();
    const bool is_subject = std::ranges::any_of(subjects, [&](std::string_view name) {
        const auto* value = fields.if_contains(name);
        return value != nullptr && value->is_string() && has_item(value->get_string(), wanted);
    });
    if (is_subject) return true;
    const auto* origin = fields.if_contains("origin");
    return origin != nullptr && origin->is_string() &&
           base::equal_ignoring_case(id_in(origin->get_string()), wanted);
}

}  // namespace

// As it stands in a line: in quotes, without those at its ends.
std::string needle_of(std::string_view wanted) {
    const auto quoted = json::serialize(json::string(base::lowered(wanted)));
    return quoted.substr(1, quoted.size() - 2);
}

std::vector<std::string> lines_about(std::string_view wanted, std::string_view text) {
    std::vector<std::string> found;
    if (wanted.empty()) return found;
    const auto small = base::lowered(text);
    const auto needle = needle_of(wanted);
    std::size_t at = 0;
    while ((at = small.find(needle, at)) != std::string::npos) {
        const auto before = text.rfind('\n', at);
        const auto start = before == std::string_view::npos ? 0 : before + 1;
        const auto end = text.find('\n', at);
        if (end == std::string_view::npos) break;  // it is still being written
        const auto line = text.substr(start, end - start);
        if (is_about(wanted, line)) found.emplace_back(line);
        at = end;
    }
    return found;
}

bool add_older(finding& all, std::vector<std::string> lines, std::size_t limit) {
    if (lines.size() > limit - all.lines.size()) {
        all.more = true;
        const auto spare = lines.size() - (limit - all.lines.size());
        lines.erase(lines.begin(), lines.begin() + static_cast<std::ptrdiff_t>(spare));
    }
    std::ranges::move(all.lines, std::back_inserter(lines));
    all.lines = std::move(lines);
    return !all.more;
}

finding find_events(
    const std::filesystem::path& folder, std::string_view wanted, std::size_t limit
) {
    finding all;
    const auto files = event_files(folder);
    for (const auto& each : std::views::reverse(files)) {
        if (!add_older(all, lines_about(wanted, base::content_of(each)), limit)) break;
    }
    return all;
}

}  // namespace kurir::history
