#include "queue/postgres/history_table.hpp"

#include <algorithm>
#include <utility>

#include "queue/postgres/history_statements.hpp"
#include "queue/postgres/statements.hpp"

namespace kurir::queue::postgres {

namespace {

std::string script_of(const parts_change& change, std::int64_t next) {
    std::string script;
    if (change.begins_new) {
        const auto number = std::to_string(next);
        script += "CREATE TABLE history_" + number + " PARTITION OF history FOR VALUES IN (" +
                  number + "); INSERT INTO history_part VALUES (" + number + ", queue_now());";
    }
    for (const auto each : change.drops) {
        const auto number = std::to_string(each);
        script += "DROP TABLE history_" + number +
                  "; DELETE FROM history_part WHERE part = " + number + ";";
    }
    return script + "COMMIT";
}

}  // namespace

answer<void> history_table::connect() {
    if (database_ && database_->is_open()) return {};
    auto made = connection::open(url_, patience_, "off");
    if (!made) return made.error();
    database_ = std::move(*made);
    return {};
}

answer<std::vector<rows>> history_table::run() {
    return database_->run(patience_);
}

answer<void> history_table::append(const std::vector<std::string>& lines) {
    if (!has_part_ || unlooked_ >= kept_.part_size() / 4) {
        if (auto done = keep_limits(); !done) return done;
    }
    if (auto made = connect(); !made) return made;
    database_->add(sql::put_history, parameters().byte_strings(lines));
    if (const auto written = run(); !written) {
        has_part_ = false;  // for all that is known: another server may not have it
        return written.error();
    }
    for (const auto& each : lines)
        unlooked_ += each.size();
    return {};
}

answer<void> history_table::keep_limits() {
    if (auto made = connect(); !made) return made;
    database_->add(sql::begin);
    database_->add(sql::lock_parts);
    database_->add(sql::look_at_parts);
    const auto answers = run();
    if (!answers) return answers.error();
    const auto& found = answers->back();
    std::vector<history_part> known;
    for (std::size_t row = 0; row < found.size(); ++row) {
        known.push_back({
            .number = found.number(row, 0),
            .age = std::chrono::milliseconds(found.number(row, 1)),
            .size = static_cast<std::uint64_t>(found.number(row, 2)),
        });
    }
    const auto next = known.empty() ? 1 : known.back().number + 1;
    auto done = database_->script(script_of(change_of_parts(known, kept_), next), patience_);
    has_part_ = done.has_value();
    if (done) {
        unlooked_ = 0;
    } else {
        database_.reset();  // and with it what is left of the transaction
    }
    return done;
}

answer<std::vector<std::int64_t>> history_table::parts() {
    if (auto made = connect(); !made) return made.error();
    database_->add(sql::parts_of_history);
    const auto answers = run();
    if (!answers) return answers.error();
    std::vector<std::int64_t> numbers;
    for (std::size_t row = 0; row < answers->front().size(); ++row)
        numbers.push_back(answers->front().number(row, 0));
    return numbers;
}

answer<std::vector<std::string>> history_table::lines_with(
    std::int64_t part, std::string_view needle, std::size_t limit
) {
    if (auto made = connect(); !made) return made.error();
    database_->add(
        sql::lines_of_part,
        parameters().number(part).bytes(needle).number(static_cast<std::int64_t>(limit))
    );
    const auto answers = run();
    if (!answers) return answers.error();
    std::vector<std::string> lines;
    for (std::size_t row = 0; row < answers->front().size(); ++row)
        lines.emplace_back(answers->front().bytes(row, 0));
    std::ranges::reverse(lines);
    return lines;
}

}  // namespace kurir::queue::postgres
