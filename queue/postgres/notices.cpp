#include "queue/postgres/notices.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "queue/postgres/notice_statements.hpp"
#include "relay/base/hexadecimal.hpp"

namespace kurir::queue::postgres {

namespace {

using std::chrono::milliseconds;

// What `sql::look_at_board` answers.
struct board_head {
    std::string board;
    std::int64_t last = 0;
    std::int64_t forgotten = 0;
    std::int64_t server = 0;
};

board_head head_in(const rows& found) {
    return {
        .board = base::in_hexadecimal(found.bytes(0, 0)),
        .last = found.number(0, 1),
        .forgotten = found.number(0, 2),
        .server = found.number(0, 3),
    };
}

// Whether the board can tell what came after this place. Another server may have lost what the last
// one had, and given its versions to something else.
bool goes_on(const board_head& head, const board_place& last) {
    if (last.server != head.server || last.version > head.last) return false;
    return !last.complete || last.version >= head.forgotten;
}

// A later version may have more kinds. Those that have room in the type find nobody who takes them;
// of the others it would keep the last eight bits, and take them for something else.
bool is_kind(std::int64_t number) {
    return std::in_range<std::uint8_t>(number);
}

notice notice_at(const rows& found, std::size_t row) {
    return {
        .kind = static_cast<notice_kind>(found.number(row, 0)),
        .key = std::string(found.bytes(row, 2)),
        .value = std::string(found.bytes(row, 3)),
        .removed = found.flag(row, 4),
        .left =
            found.flag(row, 5) ? std::optional(milliseconds(found.number(row, 6))) : std::nullopt,
    };
}

}  // namespace

answer<void> post_notices(
    connection& database, const std::vector<notice>& notices, milliseconds patience
) {
    std::vector<std::int64_t> kinds;
    std::vector<std::string> keys;
    std::vector<std::string> values;
    std::vector<bool> removed;
    std::vector<std::int64_t> times;
    for (const auto& each : notices) {
        kinds.push_back(static_cast<std::int64_t>(each.kind));
        keys.push_back(each.key);
        values.push_back(each.value);
        removed.push_back(each.removed);
        times.push_back(each.left ? std::max(milliseconds(0), *each.left).count() : -1);
    }
    database.add(
        sql::post_notices,
        parameters().numbers(kinds).byte_strings(keys).byte_strings(values).flags(removed).numbers(
            times
        )
    );
    if (const auto answers = database.run(patience); !answers) return answers.error();
    return {};
}

answer<board_page> read_board(
    connection& database, board_place last, std::size_t limit, milliseconds patience
) {
    board_page page;
    for (;;) {
        database.add(sql::look_at_board);
        database.add(
            sql::page_of_board,
            parameters().number(last.version).number(static_cast<std::int64_t>(limit))
        );
        const auto answers = database.run(patience);
        if (!answers) return answers.error();
        const auto head = head_in(answers->front());
        if (!goes_on(head, last)) {
            last = {.server = head.server};
            page.from_start = true;
            continue;
        }
        page.board = head.board;
        page.next = {.server = head.server, .version = last.version};
        const auto& found = answers->back();
        for (std::size_t row = 0; row < found.size(); ++row) {
            if (is_kind(found.number(row, 0))) page.found.push_back(notice_at(found, row));
            page.next.version = found.number(row, 1);
        }
        // The page was read after the head: it has all that the head knows.
        page.next.complete = found.size() < limit;
        if (page.next.complete) page.next.version = std::max(page.next.version, head.last);
        return page;
    }
}

}  // namespace kurir::queue::postgres
