#include "queue/postgres/drawn_rates.hpp"

#include <algorithm>
#include <string>

#include "queue/postgres/drawn_rate_statements.hpp"

namespace kurir::queue::postgres {

namespace {

using std::chrono::milliseconds;

// Each time one of those that draw at once succeeds.
constexpr int tries = 20;

// Versions go up also if the row was forgotten in between.
std::int64_t version_after(std::int64_t before, milliseconds time) {
    return std::max(before + 1, time.count());
}

}  // namespace

answer<token_grant> draw_tokens(
    connection& database, const token_request& request, milliseconds patience
) {
    for (int i = 0; i < tries; ++i) {
        database.add(sql::read_drawn_rate, parameters().bytes(request.name));
        const auto found = database.run(patience);
        if (!found) return found.error();
        const auto& row = found->front();
        const milliseconds time(row.number(0, 0));
        const bool known = row.flag(0, 1);
        auto record = token_record::read(row.bytes(0, 3));
        if (!record) {
            return sql_error{trouble::refused, {}, "what was drawn of a rate can't be read"};
        }
        const auto before = record->text();
        const auto made = record->grant(request, time);
        if (record->text() == before) return made;
        const auto version = row.number(0, 2);
        database.add(
            known ? sql::change_drawn_rate : sql::add_drawn_rate,
            parameters()
                .bytes(request.name)
                .number(version_after(version, time))
                .bytes(record->text())
                .number(record->end().count())
                .number(version)
        );
        const auto written = database.run(patience);
        if (!written) return written.error();
        if (written->front().size() > 0) return made;
    }
    return sql_error{trouble::conflict, {}, "others draw of this rate all the time"};
}

}  // namespace kurir::queue::postgres
