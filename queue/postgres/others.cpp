#include "queue/postgres/others.hpp"

#include <utility>

#include "queue/postgres/columns.hpp"
#include "queue/postgres/node_statements.hpp"
#include "relay/base/hexadecimal.hpp"

namespace kurir::queue::postgres {

namespace {

using std::chrono::milliseconds;

// Rows with a message, an entry, the delivery, the rest of its lease, its owner and that one's
// host. An entry that can't be read is left out.
std::vector<other_entry> others_in(const rows& found, time_point now) {
    std::vector<other_entry> all;
    for (std::size_t row = 0; row < found.size(); ++row) {
        auto waiting = delivery_at(found, row, now);
        if (!waiting) continue;
        auto& made = all.emplace_back(other_entry{.waiting = std::move(*waiting)});
        const auto left = milliseconds(found.number(row, 5));
        if (left <= milliseconds(0)) continue;
        made.holder =
            name_of(std::string(found.bytes(row, 7)), base::in_hexadecimal(found.bytes(row, 6)));
        made.held_until = now + left;
    }
    return all;
}

// A column with a text, and the next with its age.
node_words words_at(const rows& found, std::size_t row, int column) {
    return {
        .text = std::string(found.bytes(row, column)),
        .age = milliseconds(found.number(row, column + 1)),
    };
}

// Another server may have lost the last words of the one before, and given their numbers to others.
bool goes_on(const lasting_place& newest, const lasting_place& known) {
    return known.server == newest.server && known.number <= newest.number;
}

// Lasting words after those that are known; all of them, if the server can't tell which these are.
void hear_lasting(
    node_hearing& heard, const rows& end, const rows& page, const lasting_place& known
) {
    if (end.size() == 0) return;
    const lasting_place newest{.server = end.number(0, 1), .number = end.number(0, 0)};
    heard.last = {.server = newest.server, .number = known.number};
    heard.from_start = !goes_on(newest, known);
    if (heard.from_start && known.number != 0) {
        heard.last.number = 0;
        heard.more = true;
        return;
    }
    for (std::size_t row = 0; row < page.size(); ++row) {
        heard.last.number = page.number(row, 0);
        heard.lasting.push_back(words_at(page, row, 1));
    }
    heard.more = page.size() == lasting_page_max;
}

void add_words(connection& database, const node_telling& telling, const reading_owner& reader) {
    if (telling.words) {
        database.add(
            sql::tell_nodes, parameters().bytes(reader.self.bytes()).bytes(*telling.words)
        );
    }
    for (const auto& each : telling.lasting) {
        database.add(sql::tell_lasting, parameters().bytes(each.text).number(each.time.count()));
    }
}

}  // namespace

answer<other_entries> browse_others(
    connection& database, const reading_owner& reader, entry_name first, std::size_t limit
) {
    database.add(
        sql::page_of_others,
        parameters()
            .bytes(reader.self.bytes())
            .number(column_of(first.id))
            .number(static_cast<std::int64_t>(first.entry.number()))
            .number(static_cast<std::int64_t>(limit))
    );
    const auto answers = database.run(reader.patience);
    if (!answers) return answers.error();
    const auto& found = answers->front();
    other_entries made{.found = others_in(found, reader.now)};
    if (found.size() == limit && limit > 0) {
        const auto last = found.size() - 1;
        made.next = {id_at(found, last), entry_id(entry_at(found, last).number() + 1)};
    }
    return made;
}

answer<std::vector<other_entry>> find_others(
    connection& database, const reading_owner& reader, const std::vector<message_id>& ids
) {
    const auto messages = columns_of(ids, [](message_id id) { return id; });
    database.add(sql::others_of, parameters().bytes(reader.self.bytes()).numbers(messages));
    const auto answers = database.run(reader.patience);
    if (!answers) return answers.error();
    return others_in(answers->front(), reader.now);
}

answer<std::vector<node>> read_nodes(
    connection& database, const statement& question, const reading_owner& reader
) {
    database.add(question);
    const auto answers = database.run(reader.patience);
    if (!answers) return answers.error();
    const auto& found = answers->front();
    std::vector<node> all;
    for (std::size_t row = 0; row < found.size(); ++row) {
        const auto text = [&](int column) { return std::string(found.bytes(row, column)); };
        all.push_back({
            .id = base::in_hexadecimal(found.bytes(row, 0)),
            .facts = {.host = text(1), .version = text(2), .address = text(3)},
            .age = milliseconds(found.number(row, 4)),
            .silent = milliseconds(found.number(row, 5)),
            .claimed = static_cast<std::size_t>(found.number(row, 6)),
            .is_self = found.bytes(row, 0) == reader.self.bytes(),
        });
    }
    return all;
}

answer<node_hearing> exchange_words(
    connection& database, const node_telling& telling, const reading_owner& reader
) {
    add_words(database, telling, reader);
    database.add(
        sql::hear_nodes, parameters().bytes(reader.self.bytes()).number(silence_max.count())
    );
    database.add(sql::last_of_lasting);
    database.add(
        sql::page_of_lasting,
        parameters().number(telling.last.number).number(static_cast<std::int64_t>(lasting_page_max))
    );
    const auto answers = database.run(reader.patience);
    if (!answers) return answers.error();
    const auto& all = *answers;
    const auto& found = all[all.size() - 3];
    node_hearing heard{.last = telling.last};
    for (std::size_t row = 0; row < found.size(); ++row) {
        if (found.flag(row, 2)) {
            heard.is_told = true;
        } else {
            heard.words.push_back(words_at(found, row, 0));
        }
    }
    hear_lasting(heard, all[all.size() - 2], all.back(), telling.last);
    return heard;
}

}  // namespace kurir::queue::postgres
