#include "queue/postgres/message_reads.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "queue/codec.hpp"
#include "queue/postgres/columns.hpp"
#include "queue/postgres/statements.hpp"

namespace kurir::queue::postgres {

namespace {

found_messages decode_envelopes(const rows& envelopes, const rows& states) {
    found_messages found;
    for (std::size_t row = 0; row < envelopes.size(); ++row) {
        const auto id = id_at(envelopes, row);
        auto mail = decode_envelope(id, envelopes.bytes(row, 1));
        if (!mail) {
            found.emplace(id, mail.error().code);
            continue;
        }
        auto message = std::make_shared<stored_message>();
        message->mail = std::move(*mail);
        found.emplace(id, std::move(message));
    }
    for (std::size_t row = 0; row < states.size(); ++row) {
        const auto id = id_at(states, row);
        const auto index = static_cast<std::uint32_t>(states.number(row, 1));
        const auto at = found.find(id);
        if (at == found.end() || !at->second) continue;
        // A state that can't be read counts as none: the recipient is tried again.
        auto state = decode_recipient(id, index, states.bytes(row, 2));
        if (state) (*at->second)->states.push_back(std::move(state->state));
    }
    return found;
}

void ask_for_envelopes(connection& database, const parameters& ids) {
    database.add(sql::read_envelopes, ids);
    database.add(sql::read_states, ids);
}

parameters numbers_of(const std::vector<message_id>& ids) {
    return parameters().numbers(columns_of(ids, [](message_id id) { return id; }));
}

answer<std::vector<result<message_pointer>>> read_together(
    connection& database, const std::vector<message_id>& ids, std::chrono::milliseconds patience
) {
    const auto numbers = numbers_of(ids);
    ask_for_envelopes(database, numbers);
    database.add(sql::read_first_chunks, numbers);
    const auto answers = database.run(patience);
    if (!answers) return answers.error();
    auto found = decode_envelopes((*answers)[0], (*answers)[1]);
    const auto& chunks = (*answers)[2];
    std::map<message_id, std::size_t> chunk_rows;
    for (std::size_t row = 0; row < chunks.size(); ++row)
        chunk_rows.emplace(id_at(chunks, row), row);
    std::vector<result<message_pointer>> all;
    for (const auto id : ids) {
        const auto at = found.find(id);
        const auto chunk = chunk_rows.find(id);
        if (at == found.end()) {
            all.emplace_back(errc::not_found);
        } else if (at->second && chunk == chunk_rows.end()) {
            all.emplace_back(errc::corrupt);
        } else if (!at->second) {
            all.emplace_back(at->second.error());
        } else {
            (*at->second)->first_chunk = chunks.bytes(chunk->second, 1);
            all.emplace_back(*at->second);
        }
    }
    return all;
}

}  // namespace

answer<found_messages> read_envelopes_in(
    connection& database, const std::vector<message_id>& ids, std::chrono::milliseconds patience
) {
    ask_for_envelopes(database, numbers_of(ids));
    const auto answers = database.run(patience);
    if (!answers) return answers.error();
    return decode_envelopes(answers->front(), answers->back());
}

std::vector<result<message_pointer>> read_messages_in(
    connection& database, const std::vector<message_id>& ids, std::chrono::milliseconds patience
) {
    auto all = read_together(database, ids, patience);
    if (all) return std::move(*all);
    if (ids.size() == 1 || all.error().kind == trouble::disconnected)
        return std::vector<result<message_pointer>>(ids.size(), errc_of(all.error()));
    std::vector<result<message_pointer>> singly;
    for (const auto id : ids)
        std::ranges::move(read_messages_in(database, {id}, patience), std::back_inserter(singly));
    return singly;
}

result<std::string> read_chunk_in(
    connection& database, message_id id, std::uint32_t index, std::chrono::milliseconds patience
) {
    database.add(sql::read_chunk, parameters().number(column_of(id)).number(index));
    const auto answers = database.run(patience);
    if (!answers) return errc_of(answers.error());
    if (answers->front().size() == 0) return errc::not_found;
    return std::string(answers->front().bytes(0, 0));
}

result<bool> quarantine_in(
    connection& database, message_id id, std::chrono::milliseconds patience
) {
    const auto ids = numbers_of({id});
    database.add(sql::quarantine, ids);
    database.add(sql::drop_bodies, ids);
    database.add(sql::count_messages, ids);
    const auto answers = database.run(patience);
    if (!answers) return errc_of(answers.error());
    if (answers->back().number(0, 0) == 0) return errc::not_found;
    return answers->front().size() > 0;
}

}  // namespace kurir::queue::postgres
