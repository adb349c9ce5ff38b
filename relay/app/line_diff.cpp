#include "relay/app/line_diff.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace kurir::app {

namespace {

using lines = std::vector<std::string>;

constexpr std::size_t context = 3;

// One line of the result: ' ', '-' or '+' and the text.
struct diff_line {
    char mark;
    const std::string* text;
};

// The lines between the common begin and the common end, by a longest common subsequence.
void compare(
    const lines& before,
    const lines& after,
    std::size_t begin,
    std::size_t before_end,
    std::size_t after_end,
    std::vector<diff_line>& all
) {
    const std::size_t rows = before_end - begin;
    const std::size_t columns = after_end - begin;
    const std::size_t width = columns + 1;
    const bool small = rows <= compared_lines_max && columns <= compared_lines_max;
    // common[i * width + j]: the length of what is common behind row i and column j.
    std::vector<std::uint16_t> common(small ? (rows + 1) * width : 0);
    for (std::size_t i = small ? rows : 0; i-- > 0;) {
        for (std::size_t j = columns; j-- > 0;) {
            const bool same = before[begin + i] == after[begin + j];
            common[i * width + j] =
                same ? static_cast<std::uint16_t>(common[(i + 1) * width + j + 1] + 1)
                     : std::max(common[(i + 1) * width + j], common[i * width + j + 1]);
        }
    }
    std::size_t i = 0;
    std::size_t j = 0;
    while (i < rows || j < columns) {
        const bool both = i < rows && j < columns;
        if (small && both && before[begin + i] == after[begin + j]) {
            all.push_back({' ', &before[begin + i]});
            ++i;
            ++j;
        } else if (i < rows && (j == columns || !small ||
                                common[(i + 1) * width + j] >= common[i * width + j + 1])) {
            all.push_back({'-', &before[begin + i++]});
        } else {
            all.push_back({'+', &after[begin + j++]});
        }
    }
}

std::vector<diff_line> compared(const lines& before, const lines& after) {
    const std::size_t shorter = std::min(before.size(), after.size());
    std::size_t begin = 0;
    while (begin < shorter && before[begin] == after[begin])
        ++begin;
    std::size_t end = 0;
    while (end < shorter - begin && before[before.size() - 1 - end] == after[after.size() - 1 - end]
    )
        ++end;
    std::vector<diff_line> all;
    for (std::size_t at = 0; at < begin; ++at)
        all.push_back({' ', &before[at]});
    compare(before, after, begin, before.size() - end, after.size() - end, all);
    for (std::size_t at = before.size() - end; at < before.size(); ++at)
        all.push_back({' ', &before[at]});
    return all;
}

// "12,3": where a hunk begins and how many lines it has.
std::string range_text(std::size_t skipped, std::size_t count) {
    const auto first = count == 0 ? skipped : skipped + 1;
    return std::to_string(first) + (count == 1 ? "" : ',' + std::to_string(count));
}

}  // namespace

std::vector<std::string> lines_of(std::string_view text) {
    lines all;
    while (!text.empty()) {
        auto line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(text.size(), line.size() + 1));
        if (line.ends_with('\r')) line.remove_suffix(1);
        all.emplace_back(line);
    }
    return all;
}

std::string unified_diff(const diff_side& before, const diff_side& after) {
    const auto all = compared(before.lines, after.lines);
    const auto changed = [&](std::size_t at) { return all[at].mark != ' '; };
    std::string text;
    std::size_t done = 0;
    std::size_t before_at = 0;
    std::size_t after_at = 0;
    const auto pass_to = [&](std::size_t end, std::string& hunk) {
        for (; done < end; ++done) {
            hunk.append(1, all[done].mark).append(*all[done].text).append("\n");
            before_at += all[done].mark == '+' ? 0 : 1;
            after_at += all[done].mark == '-' ? 0 : 1;
        }
    };
    for (std::size_t at = 0; at < all.size(); ++at) {
        if (!changed(at)) continue;
        std::size_t last = at;
        for (std::size_t next = at; next < all.size() && next <= last + 2 * context; ++next)
            last = changed(next) ? next : last;
        std::string unchanged;
        pass_to(std::max(done, at - std::min(at, context)), unchanged);
        const auto [before_first, after_first] = std::pair(before_at, after_at);
        std::string hunk;
        pass_to(std::min(all.size(), last + 1 + context), hunk);
        text += "@@ -" + range_text(before_first, before_at - before_first) + " +" +
                range_text(after_first, after_at - after_first) + " @@\n" + hunk;
        at = last;
    }
    if (text.empty()) return text;
    return "--- " + before.name + "\n+++ " + after.name + '\n' + text;
}

}  // namespace kurir::app
